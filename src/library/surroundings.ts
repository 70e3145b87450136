import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Surroundings } from "../app/surroundings.ts";
import { AppError } from "../domain/errors.ts";
import type { OpenOptions } from "./options.ts";

/** Returns what the library takes from its process. */
export function surroundings({
  env = process.env,
  notify = () => undefined,
  store,
}: OpenOptions): Surroundings {
  // The program is beside the built library. An application that bundles the library has no program.
  const program = fileURLToPath(new URL("./cli.cjs", import.meta.url));
  return {
    env,
    cwd: currentFolder(),
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    store,
    userHome: env.HOME ?? homedir(),
    program: existsSync(program) ? [process.execPath, program] : undefined,
    notify: (message) => {
      try {
        notify(message);
      } catch (error) {
        // An error of the caller's `notify` must not end a turn half-way. It is thrown outside of the turn
        // instead.
        queueMicrotask(() => {
          throw error;
        });
      }
    },
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new AppError(
      "folder_missing",
      "The folder in which this process was started does not exist any more.",
      {
        cause,
      },
    );
  }
}
