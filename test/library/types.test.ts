import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { agents } from "../../src/agents/index.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

const TSC = join(REPOSITORY, "node_modules/typescript/bin/tsc");

/** What somebody else's project writes, without the types of Node. */
const CONSUMER = `
import { AppError, openSessions, type Conversation, type StreamEvent, type Turn, type TurnResult } from "agent-sessions";

const sessions = await openSessions({ workspace: "." });
const review: Conversation = await sessions.create("review", { agent: "claude", model: undefined });
const turn: Turn = review.send("What?", { access: "read-only", signal: new AbortController().signal });
const promise: Promise<TurnResult> = turn;
for await (const event of turn) {
  const seen: StreamEvent = event;
  if (event.type === "result" && event.result.failure?.code === "not_signed_in") void seen;
}
const firstOutcome: "succeeded" | string | undefined = (await sessions.create("y")).firstTurn?.outcome;
void [promise, firstOutcome, (error: unknown) => error instanceof AppError && error.exitCode];

// @ts-expect-error: a typing slip
await review.send("What?", { acess: "read-only" });
// @ts-expect-error: no such access
await review.send("What?", { access: "readonly" });
// @ts-expect-error: inside only
await sessions.create("z", { scope: { workspace: ".", agent: "claude" } });
// @ts-expect-error: inside only
await sessions.create("z", { anyName: true });
// @ts-expect-error: inside only
await review.send("What?", { draft: () => undefined });
// @ts-expect-error: what the caller of detach can't abort
await review.detach("What?", { signal: new AbortController().signal });
// @ts-expect-error: inside only
(await review.history())[0]?.counters;
`;

const PROJECT = {
  compilerOptions: {
    target: "ES2023",
    lib: ["ES2023", "DOM"],
    module: "NodeNext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  },
};

test("the types are whole for a project that has nothing else, and say no more than they should", async (t) => {
  const folder = tempFolder(t);
  const made = join(folder, "made");
  const place = { cwd: REPOSITORY, env: { PATH: process.env.PATH ?? "" } };
  const built = await run([process.execPath, TSC, "-p", "tsconfig.build.json", "--outDir", made], place);
  assert.equal(built.code, 0, built.stdout);
  const api: { describeApi(index: string, types: string): { types: string } } = await import(
    pathToFileURL(join(REPOSITORY, "scripts/api.mjs")).href
  );
  const { types } = api.describeApi(join(REPOSITORY, "src/index.ts"), made);
  for (const agent of Object.keys(agents)) assert.match(types, new RegExp(`type AgentName = .*"${agent}"`));

  const home = join(folder, "project/node_modules/agent-sessions");
  mkdirSync(join(home, "dist"), { recursive: true });
  copyFileSync(join(REPOSITORY, "package.json"), join(home, "package.json"));
  writeFileSync(join(home, "dist/index.d.ts"), types);
  const project = join(folder, "project");
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(PROJECT));
  writeFileSync(join(project, "consumer.ts"), CONSUMER);
  const example = `declare const process: { exitCode?: number; argv: string[] };\n`;
  writeFileSync(join(project, "process.d.ts"), example);
  for (const name of ["review.ts", "choose.ts"])
    copyFileSync(join(REPOSITORY, "examples", name), join(project, name));
  const checked = await run([process.execPath, TSC, "-p", project], place);
  assert.deepEqual([checked.code, checked.stdout], [0, ""]);
});
