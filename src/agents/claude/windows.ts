import { join } from "node:path";
import type { AgentEnvironment, WindowPlace, WindowRecord } from "../../domain/agent/places.ts";
import { maybe, object, pid, sessionId, table, text } from "../../domain/shape.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { configFolder } from "./places.ts";

/**
 * Returns the folders in which Claude Code records which processes have a conversation open. Each process
 * writes a file of its own; the background service writes one file for all its workers. The service writes
 * its record some seconds before the worker that it started does (claude 2.1.332).
 */
export function windows(environment: AgentEnvironment): readonly WindowPlace[] {
  const folder = configFolder(environment);
  return [
    { folder: join(folder, "sessions"), read: readProcess },
    { folder: join(folder, "daemon"), read: readRoster },
  ];
}

const asProcess = object({
  sessionId,
  pid,
  procStart: maybe(text),
  status: maybe(text),
  entrypoint: maybe(text),
  kind: maybe(text),
  jobId: maybe(text),
});

function readProcess(value: unknown): readonly WindowRecord[] {
  const found = asProcess(value);
  if (found === undefined) return [];
  const { procStart: start, entrypoint, kind, jobId, ...rest } = found;
  // claude 2.1.329 writes `cli` here for an open window, and `sdk-cli` for `claude -p`.
  const isTurn = entrypoint === "sdk-cli" ? true : undefined;
  const letGoHint = kind === "bg" ? letGo(jobId, rest.sessionId) : undefined;
  return [withoutUndefined({ ...rest, start, isTurn, letGoHint })];
}

const asRoster = object({
  workers: table(
    object({
      sessionId,
      pid,
      procStart: maybe(text),
      replPid: maybe(pid),
      replProcStart: maybe(text),
    }),
  ),
});

/**
 * Reads the workers of the background service. A worker is a terminal without a screen; once Claude Code
 * itself runs in it, the record has its PID as `replPid`.
 */
function readRoster(value: unknown): readonly WindowRecord[] {
  return (asRoster(value)?.workers ?? []).map(([short, { sessionId, replPid, replProcStart, ...host }]) => {
    const [pid, start] = replPid === undefined ? [host.pid, host.procStart] : [replPid, replProcStart];
    return withoutUndefined({ sessionId, pid, start, letGoHint: letGo(short, sessionId) });
  });
}

/**
 * Returns how to end a background job. Its id is foreign text in a command that a user may paste, so an id
 * with any character other than letters, digits and `_` is replaced by the start of the session id.
 */
function letGo(short: string | undefined, sessionId: string): string {
  const job = short !== undefined && /^\w+$/.test(short) ? short : sessionId.slice(0, 8);
  return `Claude Code runs it in the background and allows no other writer. Release it with \`claude stop ${job}\`; its messages stay in the conversation.`;
}
