import { writeSync } from "node:fs";
import { isAbsolute } from "node:path";
import { hookedAgents } from "../agents/hooked-agents.ts";
import { CHECKPOINT_AGENTS } from "../domain/checkpoint/checkpoint.ts";
import { readAll } from "../system/terminal/input.ts";
import { runHook } from "./run-hook.ts";

const agent = CHECKPOINT_AGENTS.find((name) => name === process.argv[2]) ?? CHECKPOINT_AGENTS[0];
const project = hookedAgents[agent].project?.(process.env);

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
