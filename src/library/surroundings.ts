import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Surroundings } from "../app/open-context.ts";
import { AppError } from "../domain/errors.ts";
import type { OpenOptions } from "./options.ts";

/** The process around the library. */
export function surroundings({ env = process.env, notify = () => undefined }: OpenOptions): Surroundings {
  // Beside the built library; whoever bundles it anew has none.
  const program = fileURLToPath(new URL("./cli.cjs", import.meta.url));
  return {
    env,
    cwd: currentFolder(),
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: env.HOME ?? homedir(),
    program: existsSync(program) ? [process.execPath, program] : undefined,
    notify: (message) => {
      try {
        notify(message);
      } catch (error) {
        // No turn may end half-way because somebody could not be told; the program hears of it all the same.
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
    throw new AppError("folder_missing", "The folder this process was started in no longer exists.", {
      cause,
    });
  }
}
