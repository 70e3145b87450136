// The contract of a turn: what a caller may see of it, whatever the process that ran it.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { library } from "../cli/open-library.ts";
import { type Loopback, openLoopback } from "../loopback/loopback.ts";
import type { ModelToolCall, Reply } from "../loopback/replies.ts";

type Sessions = Awaited<ReturnType<typeof library.openSessions>>;
type Conversation = Awaited<ReturnType<Sessions["get"]>>;
type Turn = ReturnType<Conversation["send"]>;
type Result = Awaited<Turn>;

/** What differs between agents in the words of a test. */
export interface Kit {
  agent: string;
  /** A call of the model that runs a command, and what a turn needs so that the command may change files. */
  shell(command: string): ModelToolCall;
  mayRun: object;
  /** A call of the model that makes a file. */
  write(path: string): ModelToolCall;
  /** The command that goes on with a conversation, with its prompt on stdin. */
  goOn(sessionId: string): string[];
  /** How the model answers a turn with a schema with `{ "n": 3 }`. */
  three: Reply;
}

interface Place extends Loopback, Kit {
  sessions: Sessions;
  x: Conversation;
}

export type Case = (place: Place) => Promise<unknown>;

/** Without what differs between any two turns. */
export function contentOf(result: Result): object {
  const { turnId, sessionId, workspace, startedAt, endedAt, durationMs, process, ...content } = result;
  return content;
}

/** What a caller may see of a turn. */
export async function contentsOf(turn: Turn): Promise<object> {
  const events: unknown[] = [];
  for await (const event of turn) {
    if (event.type === "started" || event.type === "result") events.push(event.type);
    else if (event.type === "session") events.push({ type: "session", model: event.model });
    else if (event.type === "tool") events.push({ ...event, id: "" });
    else if (event.type === "end") events.push({ type: "end", isError: event.isError, text: event.text });
    else events.push(event);
  }
  return { events, result: contentOf(await turn) };
}

/** Tests that each case gives the same from a process of its own and from one that stays. */
export function testContract(kit: Kit, cases: Record<string, Case>): void {
  for (const [what, run] of Object.entries(cases))
    test(`${what}: the same from a process of its own and from one that stays`, async (t) => {
      const cold = await runCase(t, kit, run, false);
      const warm = await runCase(t, kit, run, true);
      assert.deepEqual(warm, cold);
    });
}

async function runCase(t: TestContext, kit: Kit, run: Case, isWarm: boolean) {
  const loopback = await openLoopback();
  const { env, workspace } = loopback;
  const sessions = await library.openSessions({ workspace, env, ...(isWarm ? { keepWarm: "5m" } : {}) });
  t.after(async () => {
    await sessions.close();
    await loopback.close();
  });
  const x = await sessions.create("x", { agent: kit.agent, prompt: "first" });
  await x.send("start");
  const { process } = await x.send("again");
  assert.equal(process, isWarm ? "warm" : "cold");
  const given = await run({ ...loopback, ...kit, sessions, x });
  // Places have names of their own.
  return JSON.parse(JSON.stringify(given).replaceAll(loopback.sandbox.folder, "PLACE"));
}
