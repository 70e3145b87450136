// The contract of a turn of claude, from one table: what a turn in a process of its own gives, one in a process that stays gives too.
import { CASES } from "../support/contract/cases.ts";
import { type Case, contentOf, testContract } from "../support/contract/contract.ts";
import { realAgents } from "../support/loopback/real-agents.ts";

realAgents();

const OF_CLAUDE: Record<string, Case> = {
  "text piece by piece": async ({ x, model }) => {
    model.when("long", { slowMs: 300 });
    const turn = x.send("long", { partials: true });
    let pieces = "";
    for await (const event of turn) if (event.type === "text-delta") pieces += event.text;
    const result = await turn;
    return { isWhole: pieces === result.text, result: contentOf(result) };
  },
  "slash commands": async ({ x, model }) => {
    const compacted = contentOf(await x.send("/compact"));
    const after = contentOf(await x.send("after"));
    const before = (await x.show()).sessionId;
    const cleared = contentOf(await x.send("/clear"));
    const last = contentOf(await x.send("last"));
    const hasMoved = (await x.show()).sessionId !== before;
    return { compacted, after, cleared, last, hasMoved, said: model.requests().at(-1)?.userMessages.at(-1) };
  },
};

testContract(
  {
    agent: "claude",
    shell: (command) => ({ name: "Bash", args: { command, description: "d" } }),
    mayRun: { agentArgs: ["--allowedTools", "Bash"] },
    write: (path) => ({ name: "Write", args: { file_path: path, content: "x" } }),
    goOn: (sessionId) => ["claude", "-p", "--resume", sessionId],
    three: { toolCalls: [{ name: "StructuredOutput", args: { n: 3 } }], next: "ok" },
  },
  { ...CASES, ...OF_CLAUDE },
);
