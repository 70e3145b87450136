// claude 2.1.329 records the role of a conversation's first request, and of the first one after a compaction, and
// sends the record from then on, whatever it is given. `off` sends what is given, this one time: the record stays.
// 2.1.197 has no record and does not know the option.
export const SNAPSHOT_OPTION = "--system-prompt-snapshot";
