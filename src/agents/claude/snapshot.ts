// claude 2.1.329 records the role of a conversation's first request, and that of the first request after a
// compaction. From then on it sends the recorded role, whatever role it is given. With `off` it sends the
// given role for this one run; the record stays. 2.1.197 has no record and does not know the option.
export const SNAPSHOT_OPTION = "--system-prompt-snapshot";
