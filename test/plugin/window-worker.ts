import { existsSync } from "node:fs";
import { runHook } from "../../src/plugin/run-hook.ts";

// A window that opens once per round, as soon as the round's file is there: as close to another one as can be.
const [session = "", project = "", rounds = "0"] = process.argv.slice(2);

for (let round = 0; round < Number(rounds); round += 1) {
  while (!existsSync(`${project}/go-${round}`))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  const input = { session_id: session, hook_event_name: "SessionStart", source: "startup", cwd: project };
  let said = "";
  runHook(JSON.stringify(input), { agent: "claude", env: {}, now: () => new Date(), project }, (line) => {
    said += line;
  });
  process.stdout.write(`${JSON.stringify({ round, said })}\n`);
}
