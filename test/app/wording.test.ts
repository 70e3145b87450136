import assert from "node:assert/strict";
import test from "node:test";
import { asCommands } from "../../src/app/wording.ts";

test("hints are worded as commands to be typed in a folder", () => {
  const { step, choice } = asCommands("/");
  const about = { name: "my review", agent: "codex", workspace: "/no such folder" };
  for (const [worded, expected] of [
    [step("list"), "agent-sessions list"],
    [step("wait", { name: "x", turnId: "1", workspace: "/" }), "agent-sessions wait x --turn 1"],
    [
      step("history", about),
      "agent-sessions history 'my review' --agent codex --workspace '/no such folder'",
    ],
    [
      step("send", { fresh: true, ...about, workspace: "/" }),
      "agent-sessions send 'my review' --fresh --agent codex '…'",
    ],
    [step("restore", { name: "x", movesAgo: 1 }), "agent-sessions restore x@1"],
    [step("moves", { name: "x" }), "agent-sessions restore x --list"],
    [step("rebind", { from: "/old" }), "agent-sessions adopt --all --from /old"],
    [
      step("breakLock", { name: undefined, agent: "codex" }),
      "agent-sessions doctor --break-lock --agent codex",
    ],
    [step("create", { name: "x", ifExists: "replace" }), "agent-sessions create x --replace '…'"],
    [choice({ ifBusy: "wait" }), "--if-busy wait"],
    [choice({ agentCommand: "" }), "--agent-cmd ''"],
  ])
    assert.equal(worded, expected);
});
