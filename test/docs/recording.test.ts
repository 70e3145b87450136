import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { record } from "../../demo/recording/record.ts";
import { formatRecording } from "../../demo/recording/recording.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";

test("docs/recording.jsonl is what the real agent shows again", async (t) => {
  const { code } = await run(["sh", "-c", "script -qec true /dev/null"], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
  });
  if (code !== 0) return t.skip("there is no script(1) of util-linux");
  const stop = new AbortController();
  t.after(() => stop.abort());
  const committed = readFileSync(join(REPOSITORY, "docs/recording.jsonl"), "utf8");
  assert.equal(formatRecording(await record(stop.signal)), committed, "run `npm run record`");
});
