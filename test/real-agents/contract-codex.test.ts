// The contract of a turn of codex, from the same table.

import { CASES } from "../support/contract/cases.ts";
import { type Case, contentOf, testContract } from "../support/contract/contract.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { run } from "../support/run.ts";

realAgents();

const OF_CODEX: Record<string, Case> = {
  "words that others have queued": async ({ x, model, env, workspace: cwd }) => {
    const { sessionId = "" } = await x.send("ours");
    await run(["codex", "queue", "--thread", sessionId, "--message", "theirs"], { cwd, env });
    const result = contentOf(await x.send("ours again"));
    return { result, said: model.requests().at(-1)?.userMessages };
  },
};

testContract(
  {
    agent: "codex",
    shell: (command) => ({ name: "exec_command", args: { cmd: command } }),
    mayRun: { access: "full" },
    write: (path) => ({ name: "exec_command", args: { cmd: `echo x > ${path}` } }),
    goOn: (sessionId) => ["codex", "exec", "--json", "resume", sessionId, "-"],
    three: '{ "n": 3 }',
  },
  { ...CASES, ...OF_CODEX },
);
