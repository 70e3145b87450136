import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Returns a Chromium of this machine, and installs Debian's where that is possible; else why there is none. */
export function findChromium(): { path: string } | { missing: string } {
  const found = onPath() ?? (install() ? onPath() : undefined);
  return found === undefined
    ? { missing: "There is no chromium on PATH, and it could not be installed by apt-get as root." }
    : { path: found };
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(":");
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

function install(): boolean {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    for (const words of [
      ["update", "-qq"],
      ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ])
      execFileSync("apt-get", words, { env, stdio: ["ignore", "ignore", "inherit"], timeout: 300_000 });
    return true;
  } catch {
    return false;
  }
}

/** As root, Chromium starts only without its sandbox; the pages it sees here are ours. */
export function launch(path: string): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
  });
}
