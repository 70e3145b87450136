import type { BusyWindow } from "../../app/open-windows.ts";
import { printable } from "./table.ts";

/** What keeps a conversation busy that is no turn of ours, in a few words. */
export function describeWindow({ kind, isLocked, status, pid }: BusyWindow): string {
  const what = kind === "turn" ? "a turn of somebody else" : isLocked ? "open elsewhere" : "open in a window";
  return `${what} (${printable(status ?? "process")} ${pid})`;
}
