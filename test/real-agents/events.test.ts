// The lines of `--events` of the real agents: cold, warm where an agent can be, and told again. What they have once said is
// in test/agents/events.test.ts.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { type EventLine, eventLinesOf, requireFormat } from "../support/event-lines.ts";
import type { ModelToolCall } from "../support/loopback/replies.ts";

interface Row {
  /** The call with which the model makes a file. */
  write(path: string): ModelToolCall;
  /** The name that the agent tells of this tool. */
  tool: string;
  isWarm: boolean;
}

const ROWS: Record<string, Row> = {
  claude: {
    write: (path) => ({ name: "Write", args: { file_path: path, content: "made" } }),
    tool: "Write",
    isWarm: true,
  },
  codex: {
    write: (path) => ({ name: "exec_command", args: { cmd: `printf made > '${path}'` } }),
    tool: "command_execution",
    isWarm: true,
  },
  copilot: {
    write: (path) => ({
      name: "apply_patch",
      args: { input: `*** Begin Patch\n*** Add File: ${path}\n+made\n*** End Patch\n` },
    }),
    tool: "apply_patch",
    isWarm: false,
  },
};

for (const [agent, { write, tool, isWarm }] of Object.entries(ROWS)) {
  test(`${agent}: the same lines cold, warm and told again, with the input of each tool`, async (t) => {
    const cli = await openRealCli(t);
    const path = join(cli.workspace, "made.txt");
    cli.model.when(/^write/, { toolCalls: [write(path)], next: "I have written it." });
    cli.model.when("refused", { status: 401, message: "no such key" });
    const linesOf = async (...args: string[]): Promise<EventLine[]> => {
      const { stdout, stderr } = await cli.run([...args, "--events"]);
      const lines = eventLinesOf(stdout);
      assert.ok(lines.length > 2, stdout + stderr);
      requireFormat(lines, agent);
      return lines;
    };
    const create = ["create", "x", "--agent", agent, "--access", "edit"];
    const cold = await linesOf(...create, "write one");
    const warm = ["send", "x", "--keep-warm", "5m"];
    await linesOf(...warm, "start");
    const again = await linesOf(...warm, "write two");
    assert.equal(again.at(-1)?.process, isWarm ? "warm" : "cold");
    for (const lines of [cold, again]) {
      const [begun, ended, ...more] = lines.filter(({ type }) => type === "tool");
      assert.deepEqual([begun?.phase, begun?.name, ended?.phase, ended?.name], ["start", tool, "end", tool]);
      assert.deepEqual([begun?.id, more], [ended?.id, []]);
      assert.ok(JSON.stringify(begun?.input).includes(path), JSON.stringify(begun));
      assert.equal(lines.findLast(({ type }) => type === "text")?.text, "I have written it.");
      assert.deepEqual([lines.at(-2)?.type, lines.at(-2)?.is_error], ["end", false]);
      assert.deepEqual([lines.at(-1)?.outcome, lines.at(-1)?.text], ["succeeded", "I have written it."]);
      assert.ok(lines.at(-1)?.usage.output_tokens > 0);
    }
    assert.deepEqual(await linesOf("attach", "x"), again);
    assert.deepEqual(await linesOf("wait", "x"), again);

    const refused = await linesOf("send", "x", "refused");
    const end = refused.findLast(({ type }) => type === "end");
    assert.deepEqual([end?.is_error, refused.at(-1)?.error.code], [true, "not_signed_in"]);
  });
}
