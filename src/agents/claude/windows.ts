import { join } from "node:path";
import type { AgentEnvironment, WindowPlace, WindowRecord } from "../../domain/agent/agent.ts";
import { maybe, object, pid, sessionId, table, text } from "../../domain/shape.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { configFolder } from "./places.ts";

/**
 * Where Claude Code says who has a conversation open: each process in a file of its own, and its background service
 * in one for all that it runs. The service is some seconds earlier than what it has started (claude 2.1.332).
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
  // claude 2.1.329: an open window says `cli` here, `claude -p` says `sdk-cli`.
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

/** A worker is a terminal without a screen, and in it, once it is up, Claude Code itself. */
function readRoster(value: unknown): readonly WindowRecord[] {
  return (asRoster(value)?.workers ?? []).map(([short, { sessionId, replPid, replProcStart, ...host }]) => {
    const [pid, start] = replPid === undefined ? [host.pid, host.procStart] : [replPid, replProcStart];
    return withoutUndefined({ sessionId, pid, start, letGoHint: letGo(short, sessionId) });
  });
}

/** Foreign text in a command that somebody may paste: only what such an id looks like. */
function letGo(short: string | undefined, sessionId: string): string {
  const job = short !== undefined && /^\w+$/.test(short) ? short : sessionId.slice(0, 8);
  return `Claude Code runs it in the background and lets nobody else write. Let it go with \`claude stop ${job}\`: what was said stays.`;
}
