import { writeSync } from "node:fs";
import { isAbsolute } from "node:path";
import { readAll } from "../system/terminal/input.ts";
import { runHook } from "./run-hook.ts";

const agent = process.argv[2] === "codex" ? "codex" : "claude";

// A codex may have been started by a claude, whose variables it inherits: its project is where it says it is.
const project = agent === "claude" ? process.env.CLAUDE_PROJECT_DIR : undefined;

/** The agent gives us longer; but nobody should have to wait for a program that got no input. */
const INPUT_TIMEOUT_MS = 5000;

// A hook must never fail the session it watches: whatever happens, it ends with 0.
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
