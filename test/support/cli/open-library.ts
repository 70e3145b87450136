import { join } from "node:path";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import type * as Library from "../../../src/index.ts";
import { REPOSITORY } from "../environment.ts";
import { FAKE_AGENT, type FakeScript, fakePrompt } from "../fake-agent/script.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";

/** The library as it is built: only that has the command line beside it, which turns in the background need. */
export const library: typeof Library = await import(pathToFileURL(join(REPOSITORY, "dist/index.js")).href);

/** What makes the fake agent run in the place of the real one. */
export const fake = { agentCommand: FAKE_AGENT };

export interface OpenedLibrary {
  sandbox: Sandbox;
  sessions: Library.Sessions;
  /** The sentences for people so far. */
  notes: string[];
}

export async function openLibrary(t: TestContext): Promise<OpenedLibrary> {
  // The port where nobody listens: these tests need no model.
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  t.after(() => sandbox.remove());
  const notes: string[] = [];
  const { workspace, env } = sandbox;
  const sessions = await library.openSessions({ workspace, env, notify: (note) => notes.push(note) });
  return { sandbox, sessions, notes };
}

export function say(script: FakeScript, text = "hi"): string {
  return fakePrompt(script, text);
}

/** All that a loop gets. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const got: Item[] = [];
  for await (const item of items) got.push(item);
  return got;
}
