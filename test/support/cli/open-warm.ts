import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Loopback, openLoopback } from "../loopback/loopback.ts";
import { library } from "./open-library.ts";

type Sessions = Awaited<ReturnType<typeof library.openSessions>>;
type Result = Awaited<ReturnType<Awaited<ReturnType<Sessions["get"]>>["send"]>>;

export interface Warm extends Loopback {
  sessions: Sessions;
  notes: string[];
  /** Sends to `x`; the turn must succeed. */
  send(prompt: string, options?: object): Promise<Result>;
  /** What the user has said, as the model was told last. */
  said(): string[];
}

interface Opened {
  keepWarm?: string;
  agent?: string;
  create?: object;
}

/** A conversation whose agent is warm, named `x`. */
export async function openWarm(
  t: TestContext,
  { keepWarm = "5m", agent = "claude", create = {} }: Opened = {},
): Promise<Warm> {
  const loopback = await openLoopback();
  const notes: string[] = [];
  const { env, workspace, model } = loopback;
  const notify = (note: string) => void notes.push(note);
  const sessions = await library.openSessions({ workspace, env, keepWarm, notify });
  t.after(async () => {
    await sessions.close();
    await loopback.close();
  });
  const x = await sessions.create("x", { agent, prompt: "first", ...create });
  const send = async (prompt: string, options = {}) => {
    const result = await x.send(prompt, options);
    assert.equal(result.outcome, "succeeded", JSON.stringify(result));
    return result;
  };
  // The one that the first turn has left, or another one where that could not stay.
  await send("start");
  return { ...loopback, sessions, notes, send, said: () => model.requests().at(-1)?.userMessages ?? [] };
}
