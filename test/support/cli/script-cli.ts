import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { REPOSITORY } from "../environment.ts";
import {
  FAKE_AGENT,
  type FakeRecord,
  type FakeScript,
  fakePrompt,
  readFakeRecords,
} from "../fake-agent/script.ts";
import { type Running, type RunResult, run, start } from "../run.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";

export const SCRIPTS = {
  claude: join(REPOSITORY, "dist/claude-code-invoke-persist.cjs"),
  codex: join(REPOSITORY, "dist/codex-cli-invoke-persist.cjs"),
} as const;

export type Tool = keyof typeof SCRIPTS;

export interface ScriptCli {
  sandbox: Sandbox;
  tool: Tool;
  /** Where the original script keeps this workspace's names. */
  mappingFile: string;
  run(args: readonly string[], options?: ScriptOptions): Promise<RunResult>;
  start(args: readonly string[], options?: ScriptOptions): Running;
  /** The same by `node`, without the two dashes of the executable's first line. */
  startByNode(args: readonly string[]): Running;
  say(script: FakeScript, text: string): string;
  /** What the fake was started with. */
  records(): FakeRecord[];
}

interface ScriptOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  input?: string;
}

/** A drop-in command line with the fake as its agent, in a throw-away place. */
export function openScript(t: TestContext, tool: Tool): ScriptCli {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  t.after(() => sandbox.remove());
  const recordTo = join(sandbox.folder, "records.jsonl");
  const commandVariable = tool === "claude" ? "CLAUDE_CMD" : "CODEX_CMD";
  const place = (options: ScriptOptions) => ({
    cwd: options.cwd ?? sandbox.workspace,
    env: sandbox.with({ [commandVariable]: FAKE_AGENT, ...options.env }),
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return {
    sandbox,
    tool,
    mappingFile: mappingFileOf(sandbox, tool, sandbox.workspace),
    run: (args, options = {}) => run([SCRIPTS[tool], ...args], place(options)),
    start: (args, options = {}) => start([SCRIPTS[tool], ...args], place(options)),
    startByNode: (args) => start([process.execPath, SCRIPTS[tool], ...args], place({})),
    say: (script, text) => fakePrompt({ recordArgvTo: recordTo, ...script }, text),
    records: () =>
      existsSync(recordTo)
        ? readFakeRecords(readFileSync(recordTo, "utf8")).filter(({ event }) => event === "start")
        : [],
  };
}

function mappingFileOf(sandbox: Sandbox, tool: Tool, workspace: string): string {
  const digest = createHash("md5").update(workspace).digest("hex");
  const file = tool === "claude" ? "claude-code-alias-mapping.json" : "codex-cli-alias-mapping.json";
  return join(sandbox.env.TMPDIR ?? "", "agent-sessions", `workspace-${digest}`, file);
}
