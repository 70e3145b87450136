import { readFileSync } from "node:fs";

/**
 * Whether this process is in the foreground of its terminal: a background process would write over what the
 * user types. True where this can't be determined.
 */
export function isInForeground(): boolean {
  let stat: string;
  try {
    stat = readFileSync("/proc/self/stat", "utf8");
  } catch {
    return true;
  }
  // The command name may contain spaces and brackets. The fields after it are state, parent, group, session,
  // terminal and foreground group: -1 without a terminal, 0 where that group is not visible from this
  // container.
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return foreground === "-1" || foreground === "0" || foreground === group;
}
