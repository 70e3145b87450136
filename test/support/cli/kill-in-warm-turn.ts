import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";
import type { Loopback } from "../loopback/loopback.ts";
import { start } from "../run.ts";

/**
 * Kills a program in the middle of a warm turn, `slow`, of a conversation `x` with two turns, `first` and `start`. The model
 * gives "the answer" a moment later.
 */
export async function killInWarmTurn({ env, workspace: cwd, model }: Loopback, agent: string): Promise<void> {
  const script = `
    import { openSessions } from ${JSON.stringify(join(REPOSITORY, "dist/index.js"))};
    const sessions = await openSessions({ keepWarm: "5m" });
    const x = await sessions.create("x", { agent: "${agent}", prompt: "first" });
    await x.send("start");
    for await (const event of x.send("slow")) if (event.type === "session") console.log("runs");
  `;
  let answer = (_: string): void => undefined;
  const held = new Promise<string>((resolve) => {
    answer = resolve;
  });
  model.when("slow", () => held);
  const program = start([process.execPath, "--input-type=module", "-e", script], { cwd, env });
  await program.waitFor((stdout) => stdout.includes("runs"), { what: "the warm turn" });
  await model.received("slow");
  program.kill("SIGKILL");
  await program.exited;
  setTimeout(() => answer("the answer"), 300);
}
