import assert from "node:assert/strict";
import test from "node:test";
import { create } from "../../../src/app/ask/create.ts";
import { here } from "../../../src/app/ask/here.ts";
import { send } from "../../../src/app/ask/send.ts";
import { openContext } from "../../../src/app/open-context.ts";
import { openFakeCli } from "../../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../../support/fake-agent/script.ts";

test("a send to an idle conversation looks for unended turns once", async (t) => {
  const { env, workspace } = openFakeCli(t).sandbox;
  const context = openContext({
    env,
    cwd: workspace,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: env.HOME,
    notify: () => undefined,
  });
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
