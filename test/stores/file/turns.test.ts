import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { StateHome } from "../../../src/stores/file/home.ts";
import type { TurnPlan } from "../../../src/stores/file/turns/plan.ts";
import { Turns } from "../../../src/stores/file/turns/turns.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("what a command reads beside the prompt lies in the turn's folder, private, and goes with it", (t) => {
  const turns = new Turns(new StateHome(join(tempFolder(t), "state")));
  const plan = { v: 1, turnId: "t1", roleText: "Be terse." } as TurnPlan;
  const folder = turns.begin(plan, "hello", { files: { "plugin.json": "{}", "role.agent.md": "x" } });
  const path = join(folder.path, "role.agent.md");
  assert.equal(readFileSync(path, "utf8"), "x");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readFileSync(folder.rolePath, "utf8"), "Be terse.");
  turns.remove(folder);
  assert.ok(!existsSync(folder.path));
});
