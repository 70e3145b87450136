import { spawnSync } from "node:child_process";
import { forTerminal } from "./text.ts";

/**
 * Shows a text in a pager until its reader leaves it; returns false if it could not be started. It gets nothing that
 * controls a terminal, but this program's own colours.
 */
export function pageText(
  text: string,
  [file = "", ...args]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  // Ctrl-C is meant for the pager, and ends it there if its reader wants so.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  try {
    const { error } = spawnSync(file, args, {
      input: forTerminal(text),
      stdio: ["pipe", "inherit", "inherit"],
      // As git does: short texts are printed, colours are shown, and the text stays when less is left.
      env: { LESS: "FRX", LESSCHARSET: "utf-8", ...env },
    });
    // A reader who leaves early closes the pipe.
    return error === undefined || ("code" in error && error.code === "EPIPE");
  } finally {
    process.off("SIGINT", ignore);
  }
}
