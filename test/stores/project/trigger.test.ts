import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ResumeTrigger } from "../../../src/stores/project/trigger.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("a file in the place of .claude has no trigger to give back", (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, ".claude"), "a file of the project's");
  const trigger = new ResumeTrigger({ folder, env: {} });
  assert.doesNotThrow(() => trigger.recover(Date.now()));
});
