import { type Running, start } from "../run.ts";
import type { Sandbox } from "../sandbox.ts";

/** Runs a shell command at a terminal of its own. Its input is kept open: the end of it would be echoed. */
export function atTerminal(
  { sandbox }: { sandbox: Sandbox },
  command: string,
  env: Record<string, string> = {},
): Running {
  return start(["script", "-qefc", command, "/dev/null"], {
    cwd: sandbox.workspace,
    env: sandbox.with({ TERM: "xterm", ...env }),
    keepStdin: true,
  });
}

/** What the terminal got, once the command has ended. */
export async function end(running: Running): Promise<{ code: number | null; stdout: string }> {
  const { code } = await running.exited;
  running.endInput();
  const { stdout } = await running.result;
  return { code, stdout };
}
