import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import test, { type TestContext } from "node:test";
import { here } from "../../../src/app/ask/askers/here.ts";
import { create } from "../../../src/app/ask/create.ts";
import { send } from "../../../src/app/ask/send.ts";
import { openContextOf } from "../../../src/app/compose/open-context-of.ts";
import { readConversation } from "../../../src/app/conversation/conversation.ts";
import { evidenceInCopy } from "../../../src/app/conversation/copies.ts";
import { defineAgent } from "../../../src/domain/agent/agent.ts";
import type { TranscriptEvent } from "../../../src/domain/agent/transcript.ts";
import { parseJson } from "../../../src/domain/parse-json.ts";
import { object, text } from "../../../src/domain/shape.ts";
import type { TurnPlan } from "../../../src/stores/file/turns/plan.ts";
import { until } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const ID = "an-id";
const runner = here({});
const mode = { kind: "plain" } as const;
const asLine = object({ said: text });

/** An agent that keeps its conversations where nobody can link them, and prints and takes them as texts. */
const closed = defineAgent({
  name: "closed",
  title: "Closed",
  executable: "closed",
  installHint: "Write it.",
  isSessionId: (id) => id === ID,
  command: ({ launcher: [file = "closed", ...args], session }) => ({
    file,
    args: [...args, "run", session.kind === "resume" ? session.sessionId : ""],
  }),
  read: (value) => {
    const said = asLine(value)?.said;
    if (said === undefined) return [];
    return [
      { type: "session", sessionId: ID },
      { type: "end", isError: false, text: said },
    ];
  },
  failures: { rules: [{ words: /^Not found/, code: "conversation_lost", says: "no longer has it" }] },
  copies: {
    take: (id) => ["export", id],
    putBack: (path) => ["import", path],
    isBack: (output, id) => output.trim() === `back ${id}`,
    read: (copy) => {
      const found = parseJson(copy) as string[] | undefined;
      return found?.flatMap((said, at): TranscriptEvent[] => [
        { type: "prompt", text: said, messageId: `p${at}` },
        { type: "answer", text: `to ${said}`, isFinal: true, messageId: `a${at}`, parentId: `p${at}` },
      ]);
    },
  },
});

const PROGRAM = `#!${process.execPath}
const { readFileSync, writeFileSync, existsSync } = require("node:fs");
const kept = process.env.HOME + "/database";
const [what, id] = process.argv.slice(2);
const all = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : undefined;
if (what === "import") {
  writeFileSync(kept, readFileSync(id));
  console.log("back ${ID}");
} else if (all === undefined && id) {
  console.error("Not found");
  process.exit(1);
} else if (what === "export") {
  if (existsSync(process.env.HOME + "/no-export")) process.exit(1);
  console.log(JSON.stringify(all));
} else {
  const now = [...(all ?? []), readFileSync(0, "utf8")];
  writeFileSync(kept, JSON.stringify(now));
  console.log(JSON.stringify({ said: now.join(" ") }));
}
`;

function openClosed(t: TestContext) {
  const folder = tempFolder(t);
  const workspace = join(folder, "workspace");
  mkdirSync(workspace);
  writeFileSync(join(folder, "closed"), PROGRAM);
  chmodSync(join(folder, "closed"), 0o755);
  const notices: string[] = [];
  const context = openContextOf(
    { closed },
    {
      env: {
        HOME: folder,
        TMPDIR: folder,
        AGENT_SESSIONS_HOME: join(folder, "state"),
        PATH: [folder, process.env.PATH].join(delimiter),
      },
      cwd: workspace,
      platform: process.platform,
      uid: process.getuid?.() ?? 0,
      userHome: folder,
      notify: (text) => notices.push(text),
    },
  );
  const copies = context.home.transcriptFolder({ agent: "closed", sessionId: ID });
  const copyOf = (turnId: string) => join(copies, `${turnId}.json`);
  const kept = (turnId: string) =>
    until(() => existsSync(copyOf(turnId)), { what: `the copy of turn ${turnId}` });
  const place = { name: "x", agent: "closed", workspace };
  const ask = (prompt: string, more = {}) => send(context, { ...place, mode, prompt, ...more }, runner);
  const begin = async (prompt: string) => {
    const begun = await create(context, { ...place, prompt }, runner);
    assert.ok(begun.created);
    return begun.turn;
  };
  return {
    context,
    folder,
    workspace,
    notices,
    copies,
    copyOf,
    kept,
    begin,
    ask,
    lose: () => rmSync(join(folder, "database")),
  };
}

test("a conversation that the agent has lost is put back from the copy of its last turn, and the turn runs", async (t) => {
  const { begin, ask, kept, lose, copyOf, copies, notices } = openClosed(t);
  const first = await begin("one");
  await kept(first.turnId);
  assert.equal(statSync(copyOf(first.turnId)).mode & 0o777, 0o600);
  lose();
  const restored = await ask("two");
  assert.deepEqual(
    [restored.outcome, restored.text, restored.continuity],
    ["succeeded", "one two", "restored"],
  );
  assert.match(notices.join("\n"), /had lost this conversation; agent-sessions has put it back/);
  await kept(restored.turnId);
  const third = await ask("three");
  assert.deepEqual([third.text, third.continuity], ["one two three", "native"]);
  await kept(third.turnId);
  assert.ok(readdirSync(copies).length <= 2, "older copies go");
});

test("without a whole copy nothing runs; one that lacks the last turn is used on request", async (t) => {
  const { begin, ask, kept, lose, folder, copyOf, notices } = openClosed(t);
  const first = await begin("one");
  await kept(first.turnId);
  writeFileSync(join(folder, "no-export"), "");
  await ask("two");
  lose();
  const refused = await ask("three");
  assert.deepEqual([refused.outcome, refused.failure?.code], ["failed", "conversation_lost"]);
  assert.match(notices.join("\n"), /lacks its last turn/);
  assert.ok(!existsSync(join(folder, "database")), "nothing was put back");
  const whole = readFileSync(copyOf(first.turnId));
  writeFileSync(copyOf(first.turnId), whole.subarray(0, 3));
  assert.equal((await ask("three", { trustTranscript: true })).failure?.code, "conversation_lost");
  writeFileSync(copyOf(first.turnId), whole);
  const trusted = await ask("four", { trustTranscript: true });
  assert.deepEqual([trusted.text, trusted.continuity], ["one four", "restored"]);
});

test("a turn whose end nobody saw is found in a copy that is made for it", async (t) => {
  const { context, begin, kept, folder, workspace } = openClosed(t);
  const first = await begin("one");
  await kept(first.turnId);
  const conversation = await readConversation(context, { agent: "closed", sessionId: ID });
  const plan = { kind: "send", sessionId: ID, turnId: "unseen" } as TurnPlan;
  const place = { launcher: () => [join(folder, "closed")], cwd: workspace };
  const find = (prompt: string) => evidenceInCopy(conversation, plan, prompt, place);
  assert.deepEqual(await find("one"), { hasPrompt: false }, "this one was there before");
  writeFileSync(join(folder, "database"), JSON.stringify(["one", "one"]));
  assert.deepEqual(await find("one"), { hasPrompt: true, answer: "to one" });
  const unknown = await readConversation(context, { agent: "closed", sessionId: ID });
  const withoutCopy = { ...unknown, last: unknown.last && { ...unknown.last, turnId: "another" } };
  assert.equal(await evidenceInCopy(withoutCopy, plan, "one", place), undefined);
});
