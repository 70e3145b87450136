import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";
import { FAKE_AGENT, type FakeScript } from "../fake-agent/script.ts";
import { type RunResult, run, until } from "../run.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";

const CLI = join(REPOSITORY, "dist/cli.cjs");

/** Conversations that need a person in every way there is, with a scripted agent. */
export interface Scene {
  sandbox: Sandbox;
  env: Record<string, string>;
  workspace: string;
  /** Runs a command with an agent that does what the script says. */
  cli(args: readonly string[], script?: FakeScript): Promise<RunResult>;
  /** Lets the turn go on that runs. */
  letGo(): void;
}

const ANSWER = `The total is **rounded before the discount** is taken off. Two invoices of the same order can differ by a cent.

\`\`\`ts
export function total(rows: Row[], discount: number): number {
  const sum = rows.reduce((cents, row) => cents + row.cents, 0);
  return Math.round(sum * (1 - discount)); // once, at the end
}
\`\`\`

| file | line | what |
| --- | --- | --- |
| src/billing/total.ts | 41 | rounds each row |
| src/billing/invoice.ts | 12 | rounds the sum again |

- [x] a test that fails now: \`total.test.ts\`
- [ ] the same in [the import](https://example.com/import)`;

const PLAN = `1. Add the column invoice.currency, with EUR for all rows (41 s on a copy of production).
2. Write it in the import and in the API.
3. Drop the old table invoice_eur.

Step 3 can't be undone.
`;

/** A place in which the scripted agent is the claude on PATH. */
export function openScene(workspaceName = "shop"): Scene {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  const bin = join(sandbox.folder, "bin");
  mkdirSync(bin);
  symlinkSync(FAKE_AGENT, join(bin, "claude"));
  const env = { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` };
  const workspace = sandbox.addWorkspace(workspaceName);
  const letGo = join(sandbox.folder, "let-go");
  return {
    ...{ sandbox, env, workspace },
    cli: (args, script = {}) => {
      const told = script.waitForFile === "" ? { ...script, waitForFile: letGo } : script;
      appendFileSync(join(bin, "scripts.jsonl"), `${JSON.stringify({ args, script: told })}\n`);
      return run([process.execPath, CLI, ...args], { cwd: workspace, env });
    },
    letGo: () => writeFileSync(letGo, ""),
  };
}

/** Runs what makes the scene; one turn still runs when it returns, and another one waits for it. */
export async function play({ cli, workspace }: Scene): Promise<void> {
  await cli(["create", "review-billing", "Read src/billing and tell me where rounding goes wrong."], {
    text: ANSWER,
  });
  await cli(["fork", "review-billing", "review-billing-strict", "Take the side of an auditor."], {
    text: "An auditor would ask for the rule that says when to round, and there is none.",
  });
  await cli(["fork", "review-billing-strict", "audit-import", "Now look at the import, too."], {
    text: "The import rounds to whole euros. That is a third rule.",
  });
  await cli(["create", "docs-api", "Write the page about rate limits."], {
    text: "Done: docs/limits.md, 60 lines.",
  });
  await cli(["create", "port-charts", "Which of our charts can the new library draw?"], {
    text: "All but one.",
  });
  await cli(["send", "port-charts", "Port them, one commit each."], {
    isError: true,
    text: "API Error: 529 overloaded",
  });
  await cli(["create", "plan-currency", "--detach", "Plan the second currency."], {
    text: "Three steps. The last one drops a table, so read the plan before I go on.",
  });
  await cli(["create", "nightly-tests", "Run all tests and tell me which ones are slow."], {
    text: "Eleven of them.",
  });
  await cli(["send", "nightly-tests", "--detach", "Make the slowest one faster."], {
    text: "It is 40 times faster.",
  });
  // To look at the answer would be to read it.
  const unread = async () =>
    (await cli(["list", "--format", "{state}"])).stdout.split("\n").filter((state) => state === "unread")
      .length;
  await until(async () => (await unread()) === 2, { what: "two unread answers" });
  writeFileSync(join(workspace, "plan.md"), PLAN);
  await cli(["gate", "currency/plan", "--shows", "plan.md"]);
  await cli(["create", "fix-queue", "Look at the queue."], { text: "It is a list in memory." });
  await cli(["send", "fix-queue", "--detach", "Make it survive a restart, and run the tests."], {
    waitForFile: "",
    writeRaw: [
      toolLine("toolu_1", "Read", { file_path: "src/queue.ts" }),
      toolLine("toolu_2", "Bash", { command: "npm test -- queue" }),
    ],
  });
  await cli(["send", "fix-queue", "--detach", "Then write down what you changed."]);
  await until(async () => (await cli(["status", "--json"])).stdout.includes("npm test -- queue"), {
    what: "the tool that runs",
  });
}

function toolLine(id: string, name: string, input: object): string {
  const content = [{ type: "tool_use", id, name, input }];
  return JSON.stringify({ type: "assistant", message: { role: "assistant", content }, session_id: "" });
}
