import { run } from "../run.ts";
import type { Sandbox } from "../sandbox.ts";

export type ShellName = "bash" | "zsh" | "fish";

/** How a shell is started without what its user has set up, and with a prompt that tests know. */
export const PLAIN_SHELLS: Record<ShellName, { command: string; prompt: string }> = {
  bash: { command: "bash --norc --noprofile -i", prompt: "PS1='READY> '" },
  zsh: { command: "zsh -f -i", prompt: "PS1='READY> '" },
  fish: {
    command: "fish --no-config -i",
    prompt: "set -g fish_autosuggestion_enabled 0; function fish_prompt; echo -n 'READY> '; end",
  },
};

/** Returns why a shell is not here; undefined where it is, or could be installed. */
export async function whyWithout(
  shell: ShellName,
  { workspace: cwd, env }: Sandbox,
): Promise<string | undefined> {
  const isThere = async () => (await run(["sh", "-c", `command -v ${shell}`], { cwd, env })).code === 0;
  if (await isThere()) return undefined;
  if (process.getuid?.() !== 0) return `${shell} is not installed`;
  // From the lists of packages as they are first: to fetch them anew takes long.
  const install = `timeout 120 apt-get install -y ${shell}`;
  const { stderr } = await run(["sh", "-c", `${install} || { timeout 120 apt-get update && ${install}; }`], {
    cwd,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive" },
  });
  if (await isThere()) return undefined;
  return `${shell} can't be installed: ${stderr.trim().split("\n").at(-1)}`;
}
