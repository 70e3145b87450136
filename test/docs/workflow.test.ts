import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { agents } from "../../src/agents/index.ts";
import { guideBlocks, guideCommands, readJob, workflowText } from "../support/docs/workflow.ts";
import { REPOSITORY } from "../support/environment.ts";

test("the install of the guide is that of the agent, and of this version", () => {
  assert.ok(agents.claude.installHint.includes("npm install -g @anthropic-ai/claude-code`"));
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  assert.equal(
    guideCommands[0],
    `npm install -g @anthropic-ai/claude-code ./tools/agent-sessions-${version}.tgz\n`,
  );
});

test("the workflow is shown as it is, and its steps are the commands of the guide", () => {
  const [shown, ...others] = guideBlocks.filter(({ language }) => language === "yaml");
  assert.equal(shown?.text, workflowText);
  assert.equal(others.length, 0);
  const { steps, env } = readJob();
  const runs = steps.flatMap(({ run }) => run ?? []);
  assert.equal(runs.length, 5);
  for (const run of runs) assert.ok(guideCommands.join("").includes(run), run);
  const [restore, save] = ["restore", "save"].map((way) =>
    steps.find(({ uses }) => uses?.startsWith(`actions/cache/${way}@`)),
  );
  assert.deepEqual([restore?.with?.path, restore?.with?.key], [save?.with?.path, save?.with?.key]);
  assert.match(String(restore?.with?.path), /^\$\{\{ env\.AGENT_SESSIONS_HOME \}\}$/);
  assert.ok(String(save?.with?.key).startsWith(String(restore?.with?.["restore-keys"])));
  assert.equal(save?.if, "always()");
  assert.match(env.AGENT_SESSIONS_HOME ?? "", /^\/home\/runner\/(?!work\/)/, "not in the checkout");
});
