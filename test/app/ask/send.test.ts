import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import test from "node:test";
import { here } from "../../../src/app/ask/askers/here.ts";
import { create } from "../../../src/app/ask/create.ts";
import { send } from "../../../src/app/ask/send.ts";
import { openFakeCli } from "../../support/cli/fake-cli.ts";
import { contextOf } from "../../support/context.ts";
import { FAKE_AGENT } from "../../support/fake-agent/script.ts";

test("a send, too, collects garbage once an hour", async (t) => {
  const { sandbox } = openFakeCli(t);
  const { workspace } = sandbox;
  const context = contextOf(sandbox);
  const about = { name: "x", workspace, agentCommand: FAKE_AGENT };
  await create(context, { ...about, agent: "claude" }, here({}));
  rmSync(context.home.gcStampPath);
  const mode = { kind: "plain" } as const;
  await send(context, { ...about, mode, prompt: "hi" }, here({}));
  assert.ok(existsSync(context.home.gcStampPath));
});

test("a send to an idle conversation looks for unended turns once", async (t) => {
  const { sandbox } = openFakeCli(t);
  const { workspace } = sandbox;
  const context = contextOf(sandbox);
  const about = { name: "x", workspace, agentCommand: FAKE_AGENT };
  await create(context, { ...about, agent: "claude" }, here({}));
  let looks = 0;
  const { turns } = context;
  const all = turns.all.bind(turns);
  turns.all = () => {
    looks += 1;
    return all();
  };
  const mode = { kind: "plain" } as const;
  const { outcome } = await send(context, { ...about, mode, prompt: "hi" }, here({}));
  assert.deepEqual([outcome, looks], ["succeeded", 1]);
});
