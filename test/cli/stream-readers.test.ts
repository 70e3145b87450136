import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { run } from "../support/run.ts";

/** What an agent may write, much more than a pipe holds; each line can be told from the others. */
const LINES = Array.from({ length: 4_000 }, (_, at) => JSON.stringify({ type: "user", at }).padEnd(800));
const RESULT = JSON.stringify({ type: "result", subtype: "success", is_error: false, result: "the end" });
const SAID = `${[...LINES, RESULT].join("\n")}\n`;

test("whoever reads a stream, and however slowly, gets every byte in order, and the result last", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const said = join(cli.sandbox.folder, "said");
  writeFileSync(said, SAID);
  const agent = join(cli.sandbox.folder, "agent.sh");
  writeFileSync(agent, `#!/bin/sh\ncat > /dev/null\ncat '${said}'\n`, { mode: 0o755 });
  const send = quoteWords([process.execPath, CLI, "send", "x", "--stream", "--agent-cmd", agent, "go"]);
  const got = join(cli.sandbox.folder, "got");
  const readers = {
    "a socket": send,
    "a pipe": `${send} | cat`,
    "a pipe that is first read when it is full": `${send} | { sleep 0.3; cat; }`,
    "a pipe that is read in small pieces": `${send} | dd bs=1000 status=none`,
    "a pipe that is given to others too": `{ ${send}; } 2>&1 | cat`,
    "a file": `${send} > '${got}'; cat '${got}'`,
  };
  for (const [reader, command] of Object.entries(readers)) {
    const { stdout, stderr } = await run(["sh", "-c", command], {
      cwd: cli.sandbox.workspace,
      env: cli.sandbox.env,
    });
    const end = stdout.lastIndexOf("\n", stdout.length - 2) + 1;
    assert.ok(stdout.slice(0, end) === SAID, `${reader}: ${end} bytes; ${stderr}`);
    const { outcome, text } = JSON.parse(stdout.slice(end));
    assert.deepEqual([outcome, text], ["succeeded", "the end"], reader);
  }
});
