import { FAKE_AGENT, type FakeScript, fakePrompt } from "../fake-agent/script.ts";
import { run } from "../run.ts";
import type { FakeCli } from "./fake-cli.ts";

/** Has the fake agent say something without us, as a person or another program would; returns the conversation's id. */
export async function sayBare(
  cli: FakeCli,
  agent: "claude" | "codex",
  prompt: string,
  {
    cwd = cli.sandbox.workspace,
    resume,
    script = {},
  }: { cwd?: string; resume?: string; script?: FakeScript } = {},
): Promise<string> {
  const claude = ["-p", "--output-format", "json", ...(resume === undefined ? [] : ["--resume", resume])];
  const codex = ["exec", "--json", ...(resume === undefined ? [] : ["resume", resume]), "-"];
  const { code, stdout, stderr } = await run([FAKE_AGENT, ...(agent === "claude" ? claude : codex)], {
    cwd,
    env: cli.sandbox.env,
    input: fakePrompt(script, prompt),
  });
  if (code !== 0) throw new Error(`The agent exited with ${code}: ${stderr}`);
  const first = JSON.parse(stdout.split("\n")[0] ?? "");
  return agent === "claude" ? first.session_id : first.thread_id;
}
