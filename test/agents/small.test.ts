import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import test, { type TestContext } from "node:test";
import { here } from "../../src/app/ask/askers/here.ts";
import { create } from "../../src/app/ask/create.ts";
import { send } from "../../src/app/ask/send.ts";
import { openContextOf } from "../../src/app/compose/open-context-of.ts";
import { readConversation } from "../../src/app/conversation/conversation.ts";
import { findEvidence } from "../../src/app/conversation/evidence.ts";
import { checkConversations } from "../../src/app/doctor/conversations.ts";
import type { ExaminedState } from "../../src/app/doctor/examined.ts";
import { show } from "../../src/app/tell/show.ts";
import { judgeTurn } from "../../src/app/turn/ending/judge.ts";
import { openWindow } from "../../src/app/window/open.ts";
import { defineAgent } from "../../src/domain/agent/agent.ts";
import { AppError } from "../../src/domain/errors.ts";
import { object, text } from "../../src/domain/shape.ts";
import { startFold } from "../../src/domain/turn/fold.ts";
import type { TurnFolder } from "../../src/stores/file/turns/folder.ts";
import type { TurnPlan } from "../../src/stores/file/turns/plan.ts";
import { tempFolder } from "../support/temp-folder.ts";

const ID = "an-id";
const runner = here({});
const mode = { kind: "plain" } as const;
const asLine = object({ said: text });

/** An agent that says only what each has to say. */
const small = defineAgent({
  name: "small",
  title: "Small",
  executable: "small",
  installHint: "Write it.",
  isSessionId: (id) => id === ID,
  command: ({ launcher: [file = "small", ...args], session }) => ({
    file,
    args: session.kind === "resume" ? [...args, session.sessionId] : args,
  }),
  read: (value) => {
    const said = asLine(value)?.said;
    if (said === undefined) return [];
    return [
      { type: "session", sessionId: ID },
      { type: "end", isError: said === "no", text: said },
    ];
  },
});

const PROGRAM = `#!${process.execPath}
const [id = "new"] = process.argv.slice(2);
const prompt = require("node:fs").readFileSync(0, "utf8");
if (prompt === "break") process.exit(3);
console.log(JSON.stringify({ said: prompt === "no" ? prompt : id + ": " + prompt }));
`;

function openSmall(t: TestContext) {
  const folder = tempFolder(t);
  const workspace = join(folder, "workspace");
  mkdirSync(workspace);
  writeFileSync(join(folder, "small"), PROGRAM);
  chmodSync(join(folder, "small"), 0o755);
  const env = {
    HOME: folder,
    TMPDIR: folder,
    AGENT_SESSIONS_HOME: join(folder, "state"),
    PATH: [folder, process.env.PATH].join(delimiter),
  };
  const { platform } = process;
  const uid = process.getuid?.() ?? 0;
  const around = { env, cwd: workspace, platform, uid, userHome: folder, notify: () => undefined };
  const context = openContextOf({ small }, around);
  const place = { name: "x", agent: "small", workspace };
  return { context, place };
}

test("an agent that says only what it has to is created, sent to and shown", async (t) => {
  const { context, place } = openSmall(t);
  const begun = await create(context, { ...place, prompt: "hello" }, runner);
  assert.ok(begun.created);
  assert.deepEqual(
    [begun.turn.outcome, begun.turn.text, begun.turn.sessionId],
    ["succeeded", "new: hello", ID],
  );
  const sent = await send(context, { ...place, mode, prompt: "more" }, runner);
  assert.deepEqual([sent.outcome, sent.text, sent.continuity], ["succeeded", `${ID}: more`, "native"]);
  const shown = await show(context, place);
  assert.deepEqual([shown.turns, shown.transcriptPath, shown.openCommand], [2, undefined, undefined]);
});

test("the failures of an agent without words for them are told by its exit, and in its own words", async (t) => {
  const { context, place } = openSmall(t);
  await create(context, { ...place, prompt: "hello" }, runner);
  const refused = await send(context, { ...place, mode, prompt: "no" }, runner);
  assert.deepEqual([refused.outcome, refused.failure?.message], ["failed", "Small failed: no."]);
  const broken = await send(context, { ...place, mode, prompt: "break" }, runner);
  assert.equal(broken.failure?.message, "Small exited with code 3 and without a result.");
  assert.equal(broken.isPromptKept, undefined);
});

test("without a transcript, a turn whose end nobody saw is unknown, and no conversation counts as lost", async (t) => {
  const { context, place } = openSmall(t);
  await create(context, { ...place, prompt: "hello" }, runner);
  const key = { agent: "small", sessionId: ID };
  const plan = { kind: "send", sessionId: ID, transcriptMark: { bytes: 0 } } as TurnPlan;
  const evidence = findEvidence(await readConversation(context, key), plan, "more");
  assert.equal(evidence, undefined);
  const cut = {
    endReason: () => undefined,
    cancellation: () => undefined,
    stderrEnds: () => "",
    mayHaveRun: () => true,
    isSilent: () => false,
  } as unknown as TurnFolder;
  assert.equal(
    judgeTurn(small, cut, { folded: startFold(), agentEnd: { kind: "unseen" } }, () => evidence).outcome,
    "unknown",
  );
  const { workspace } = place;
  const scope = { workspace, agent: "small" };
  const entry = (await context.store.list(scope)).entries.get("x");
  assert.ok(entry);
  const state = { context, named: () => [{ scope, entry }] } as unknown as ExaminedState;
  assert.deepEqual(
    (await checkConversations(state)).map(({ status }) => status),
    ["ok"],
  );
});

test("what a small agent has not is refused before anything runs", async (t) => {
  const { context, place } = openSmall(t);
  await create(context, { ...place, prompt: "hello" }, runner);
  const refused = async (work: () => Promise<unknown>, message: RegExp) =>
    assert.rejects(
      work,
      (error) => error instanceof AppError && error.code === "unsupported" && message.test(error.message),
    );
  await refused(() => openWindow(context, place), /^Small .*window/);
  await refused(
    () => send(context, { ...place, mode, prompt: "a", effort: "low" }, runner),
    /^Small .*effort/,
  );
  await refused(
    () => send(context, { ...place, mode, prompt: "a", access: "edit" }, runner),
    /^Small .*access/,
  );
  const asked = { ...place, name: "y", roleText: "Be brief." };
  await refused(() => create(context, asked, runner), /^Small .*role/);
});
