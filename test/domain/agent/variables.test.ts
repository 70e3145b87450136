import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import test, { type TestContext } from "node:test";
import { here } from "../../../src/app/ask/askers/here.ts";
import { create } from "../../../src/app/ask/create.ts";
import { send } from "../../../src/app/ask/send.ts";
import { openContextOf } from "../../../src/app/compose/open-context-of.ts";
import { openWindow } from "../../../src/app/window/open.ts";
import { defineAgent } from "../../../src/domain/agent/agent.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { object, text } from "../../../src/domain/shape.ts";
import { asPlan } from "../../../src/stores/file/turns/plan.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const runner = here({});
const asLine = object({ said: text });
const env = { SETTING: "ours", OTHER: "1" };

/** An agent that is told its settings by variables; of the user's `SETTING` it understands what ends with a comma. */
const told = defineAgent({
  name: "told",
  title: "Told",
  executable: "told",
  installHint: "Write it.",
  isSessionId: () => true,
  command: ({ launcher: [file = "told", ...args] }) => ({ file, args, env }),
  openCommand: (_id, request) => ({ file: request?.launcher[0] ?? "told", args: ["window"], env }),
  joinVariable: (_name, users, added) => (users.endsWith(",") ? users + added : undefined),
  read: (value) => {
    const said = asLine(value)?.said;
    if (said === undefined) return [];
    return [
      { type: "session", sessionId: "an-id" },
      { type: "end", isError: false, text: said },
    ];
  },
});

/** Says which variables it has, and what the plan of its turn says of them. */
const PROGRAM = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const { SETTING, OTHER, HOME, AGENT_SESSIONS_TURN_FOLDER: turn } = process.env;
const said = [SETTING, OTHER].join(" ");
if (process.argv[2] === "window") writeFileSync(HOME + "/window", said);
else console.log(JSON.stringify({ said }));
if (turn) writeFileSync(HOME + "/plan", readFileSync(turn + "/turn.json"));
`;

function openTold(t: TestContext, setting: string | undefined) {
  const folder = tempFolder(t);
  const workspace = join(folder, "workspace");
  mkdirSync(workspace);
  writeFileSync(join(folder, "told"), PROGRAM);
  chmodSync(join(folder, "told"), 0o755);
  const around = {
    env: {
      HOME: folder,
      TMPDIR: folder,
      AGENT_SESSIONS_HOME: join(folder, "state"),
      PATH: [folder, process.env.PATH].join(delimiter),
      SETTING: setting,
    },
    cwd: workspace,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: folder,
    notify: () => undefined,
  };
  return {
    context: openContextOf({ told }, around),
    place: { name: "x", agent: "told", workspace },
    read: (name: string) => readFileSync(join(folder, name), "utf8"),
  };
}

test("the variables of a command reach the agent in a turn and in a window, and are recorded", async (t) => {
  const { context, place, read } = openTold(t, undefined);
  const begun = await create(context, { ...place, prompt: "hello" }, runner);
  assert.equal(begun.created && begun.turn.text, "ours 1");
  assert.deepEqual(asPlan(JSON.parse(read("plan")))?.command.env, env);
  await openWindow(context, place);
  assert.equal(read("window"), "ours 1");
});

test("what the user has set himself is kept, and is not recorded", async (t) => {
  const { context, place, read } = openTold(t, "a secret,");
  const begun = await create(context, { ...place, prompt: "hello" }, runner);
  assert.equal(begun.created && begun.turn.text, "a secret,ours 1");
  assert.doesNotMatch(read("plan"), /secret/);
  await openWindow(context, place);
  assert.equal(read("window"), "a secret,ours 1");
});

test("what the agent does not understand is refused before anything runs, without being shown", async (t) => {
  const { context, place } = openTold(t, undefined);
  await create(context, { ...place, prompt: "hello" }, runner);
  const bad = { ...context, env: { ...context.env, SETTING: "a secret" } };
  const isRefusal = (error: unknown) =>
    error instanceof AppError &&
    error.code === "usage" &&
    /^Told .* SETTING /.test(error.message) &&
    !/secret/.test(JSON.stringify([error.message, error.hint, error.facts]));
  await assert.rejects(
    () => send(bad, { ...place, mode: { kind: "plain" }, prompt: "a" }, runner),
    isRefusal,
  );
  await assert.rejects(() => openWindow(bad, place), isRefusal);
  const [only, more] = await context.store.session({ agent: "told", sessionId: "an-id" }).journal.read();
  assert.deepEqual([only?.outcome, more], ["succeeded", undefined]);
});
