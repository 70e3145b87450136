import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { here } from "../../../src/app/ask/askers/here.ts";
import { create } from "../../../src/app/ask/create.ts";
import { StateHome } from "../../../src/stores/file/home.ts";
import { TurnFolder } from "../../../src/stores/file/turns/folder.ts";
import { GenerationLock } from "../../../src/system/locks/generation-lock.ts";
import { type FakeCli, openFakeCli } from "../../support/cli/fake-cli.ts";
import { contextOf } from "../../support/context.ts";
import { FAKE_AGENT } from "../../support/fake-agent/script.ts";
import { type Running, until } from "../../support/run.ts";

const SESSION_ID = "11111111-2222-4333-8444-555555555555";

interface Begun {
  cli: FakeCli;
  /** Where what is kept of the conversation will be. */
  folder: string;
  creating: Running;
  letGo(): void;
}

/** A create whose agent has told its id and waits. `prepare` is called before. */
async function begin(t: TestContext, prepare: (folder: string) => void): Promise<Begun> {
  const cli = openFakeCli(t);
  const home = new StateHome(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "");
  const folder = home.sessionFolder({ agent: "codex", sessionId: SESSION_ID });
  prepare(folder);
  const [pidTo, waitForFile] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "gate")];
  const prompt = cli.say({ sessionId: SESSION_ID, pidTo, waitForFile, text: "begun" }, "hi");
  const creating = cli.start(["create", "x", "-a", "codex", "--json", prompt]);
  await until(() => existsSync(pidTo) && readFileSync(pidTo, "utf8") !== "", { what: "the agent to wait" });
  return { cli, folder, creating, letGo: () => writeFileSync(waitForFile, "") };
}

async function answerUnder(cli: FakeCli, name: string): Promise<unknown> {
  const { json } = await cli.here(["show", name, "--json"]);
  return [json.session_id, (json.last_turn as { text?: string } | null)?.text];
}

/** A file in the place of the folder: nothing of the conversation can be kept. */
function block(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  writeFileSync(folder, "");
}

test("a create waits for whoever holds its conversation without a turn, and gets its name", async (t) => {
  let release: (() => void) | undefined;
  const { cli, creating, letGo } = await begin(t, (folder) => {
    release = new GenerationLock(join(folder, "lock")).tryTake({ since: new Date().toISOString() });
  });
  assert.ok(release);
  letGo();
  await new Promise((resolve) => setTimeout(resolve, 500));
  release();
  const { code, stdout } = await creating.result;
  assert.deepEqual([code, JSON.parse(stdout).outcome], [0, "succeeded"], stdout);
  assert.deepEqual(await answerUnder(cli, "x"), [SESSION_ID, "begun"]);
});

test("a create that can't write its name down when it hears of the conversation does so at its end", async (t) => {
  const { cli, folder, creating, letGo } = await begin(t, block);
  await new Promise((resolve) => setTimeout(resolve, 300));
  rmSync(folder);
  letGo();
  const { code, stdout } = await creating.result;
  assert.deepEqual([code, JSON.parse(stdout).outcome], [0, "succeeded"], stdout);
  assert.deepEqual(await answerUnder(cli, "x"), [SESSION_ID, "begun"]);
});

test("a create that can write its name down at no time leaves that to the next command", async (t) => {
  const { cli, folder, creating, letGo } = await begin(t, block);
  letGo();
  const { code, stdout } = await creating.result;
  const { error } = JSON.parse(stdout);
  assert.equal(code, 8, stdout);
  assert.match(error.message, /The turn has run anyway/);
  rmSync(folder);
  assert.deepEqual(await answerUnder(cli, "x"), [SESSION_ID, "begun"]);
  const sent = await cli.here(["send", "x", "--json", "more"]);
  assert.match(String(sent.json.text), /more \[prompts: 2\]/, sent.stdout);
});

test("a name moves by edits alone, which a store may ask for again: what it pointed at is written down before", async (t) => {
  const { sandbox } = openFakeCli(t);
  const { workspace } = sandbox;
  const context = contextOf(sandbox);
  const about = { name: "x", agent: "claude", workspace, agentCommand: FAKE_AGENT };
  const first = await create(context, about, here({}));
  const saved: unknown[] = [];
  let isChanging = false;
  const save = TurnFolder.prototype.savePublication;
  t.after(() => {
    TurnFolder.prototype.savePublication = save;
  });
  TurnFolder.prototype.savePublication = function note(publication) {
    assert.equal(isChanging, false, "nothing is written while the names are changed");
    saved.push(publication.replaced?.sessionId);
    save.call(this, publication);
  };
  const update = context.store.update.bind(context.store);
  context.store.update = (scope, change) =>
    update(scope, (names) => {
      isChanging = true;
      change(names);
      const edits = change(names);
      isChanging = false;
      return edits;
    });
  await create(context, { ...about, ifExists: "replace" }, here({}));
  assert.deepEqual(saved, [first.created && first.turn.sessionId]);
});
