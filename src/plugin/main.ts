import { writeSync } from "node:fs";
import { isAbsolute } from "node:path";
import { readAll } from "../system/terminal/input.ts";
import { runHook } from "./run-hook.ts";

const agent = process.argv[2] === "codex" ? "codex" : "claude";

// A codex process may have inherited the variables of a claude that started it, so its project comes from its
// own input.
const project = agent === "claude" ? process.env.CLAUDE_PROJECT_DIR : undefined;

/** The agent allows more time, but a user should not have to wait for a program that got no input. */
const INPUT_TIMEOUT_MS = 5000;

// A hook must never make the session fail: whatever happens, it exits with code 0.
try {
  runHook(
    readAll(INPUT_TIMEOUT_MS),
    {
      agent,
      ...(project !== undefined && isAbsolute(project) ? { project } : {}),
      env: process.env,
      now: () => new Date(),
    },
    (line) => writeSync(1, line),
  );
} finally {
  process.exit(0);
}
