import type { BusyWindow } from "../../app/turn/open-windows.ts";
import { pick } from "../../domain/json-line.ts";
import { printable } from "./table.ts";

const OTHERS = { turn: "a turn of another program", background: "open in the background" };

/** Describes, in a few words, what keeps a conversation busy and is not a turn of ours. */
export function describeWindow({ kind, isLocked, status, pid }: BusyWindow): string {
  const what = kind === "window" ? (isLocked ? "open elsewhere" : "open in a window") : OTHERS[kind];
  const how = status === undefined ? "" : `${printable(status)}, `;
  return `${what} (${how}pid ${pid})`;
}

/** What the JSON says of it. */
export function windowView(window: BusyWindow): object {
  return { ...pick(window, "pid", "kind", "status"), openedAt: window.since, wentOnIn: window.wentOnIn };
}
