import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { cannotMount, NAMESPACE } from "../support/namespace.ts";
import { run } from "../support/run.ts";
import { CONVERSATION, file, HEADER, makeFile } from "../support/travel/make-file.ts";

test("a disk that is full leaves no file of an export, and nothing of an import", {
  skip: cannotMount,
}, async (t) => {
  const cli = openFakeCli(t);
  const { folder, workspace, env, home } = cli.sandbox;
  const prompt = cli.say({ text: words(200_000) }, "hello");
  await cli.run(["create", "review", "-"], { input: prompt });
  const small = join(folder, "small");
  mkdirSync(small);
  const big = join(folder, "big.gz");
  makeFile(big, [HEADER, CONVERSATION, ...file(words(400_000))]);
  const words2 = (args: string) => `'${process.execPath}' '${CLI}' ${args}; echo "exit $?"; ls -A '${small}'`;
  const script = `mount -t tmpfs -o size=64k none '${small}'
${words2(`export review '${small}/x.gz' --json`)}
mkdir '${small}/state'; ${words2(`list >/dev/null; export AGENT_SESSIONS_HOME='${small}/state'; '${process.execPath}' '${CLI}' import '${big}' --json`)}
ls -A '${small}/state/imports'`;
  const { stdout, stderr } = await run([...NAMESPACE, "sh", "-c", script], { cwd: workspace, env });
  const [first = "", second = ""] = stdout.split("exit 8");
  assert.match(
    first,
    /"code":"state_unwritable".*Could not write .*x\.gz: ENOSPC\. There is no file\./,
    `${stdout}${stderr}`,
  );
  assert.match(second, /"code":"state_unwritable"/, `${stdout}${stderr}`);
  assert.doesNotMatch(stdout.replace(/^\{.*$/gm, ""), /x\.gz|\.tmp/);
  assert.deepEqual(
    readdirSync(home, { recursive: true, encoding: "utf8" }).filter((path) => path.includes("7ceb00a5")),
    [],
  );
});

/** Text that gzip does not make much smaller. */
function words(characters: number): string {
  let state = 1;
  let text = "";
  while (text.length < characters) {
    state = (state * 48_271) % 2_147_483_647;
    text += state.toString(36);
  }
  return `${text}\n`;
}
