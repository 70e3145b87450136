import { readlinkSync } from "node:fs";
import { outputOf } from "../processes/identity.ts";
import { isTerminal } from "./is-terminal.ts";

/** Returns the path of the terminal that this process reads from or writes to; undefined where it has none. */
export function terminalName(): string | undefined {
  const descriptor = ([0, 2, 1] as const).find((one) => isTerminal(one));
  if (descriptor === undefined) return undefined;
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/self/fd/${descriptor}`);
    return `/dev/${outputOf("ps", ["-o", "tty=", "-p", String(process.pid)]).trim()}`;
  } catch {
    return undefined;
  }
}
