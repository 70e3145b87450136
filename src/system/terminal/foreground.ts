import { readFileSync } from "node:fs";

/**
 * Whether this process is in the foreground of its terminal; one in the background would write over what
 * the user types. True where it can't be told.
 */
export function isInForeground(): boolean {
  let stat: string;
  try {
    stat = readFileSync("/proc/self/stat", "utf8");
  } catch {
    return true;
  }
  // The command's name may hold spaces and brackets; after it come state, parent, group, session, terminal
  // and the foreground group: -1 without a terminal, 0 where it is out of sight of this container.
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return foreground === "-1" || foreground === "0" || foreground === group;
}
