import { spawn } from "node:child_process";
import { findExecutable } from "../processes/executable.ts";

interface Around {
  platform: string;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/**
 * Opens a file in the user's browser, which may take its time. Returns false where there is no program for that, or no
 * screen: without one, the program would start a browser in this terminal.
 */
export function openInBrowser(file: string, { platform, env, cwd }: Around): boolean {
  const name = platform === "darwin" ? "open" : "xdg-open";
  const hasScreen = platform === "darwin" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  const opener = hasScreen ? findExecutable(name, env.PATH ?? "", cwd) : undefined;
  if (opener === undefined) return false;
  const child = spawn(opener, [file], { cwd, env, detached: true, stdio: "ignore" });
  child.on("error", () => undefined);
  child.unref();
  return true;
}
