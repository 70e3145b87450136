import { quoteWord } from "../../domain/words.ts";
import { openParentOf } from "../../system/files/trust.ts";
import { type FileSystem, fileSystemOf } from "../../system/places/file-system.ts";
import type { ExaminedState } from "./examined.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const LOW_BYTES = 100_000_000;
const NO_BYTES = 1_000_000;
const NO_FILES = 100;
const MOVE = "Choose another folder with AGENT_SESSIONS_HOME.";

/** Reports where the state home is and why, and warns about that place. */
export function checkPlace({ context, platform, others }: ExaminedState): Finding[] {
  const { path, why } = context.home;
  const { kind, name } = fileSystemOf(path, platform);
  const findings = [ok(`${path}, because ${why}${name === undefined ? "" : `; on ${name}`}`)];
  if (kind === "network") {
    findings.push(
      warning(
        `The state home is on ${name}, which other machines may share: their turns are not visible from here and are not touched.`,
        MOVE,
      ),
    );
  }
  if (kind === "memory")
    findings.push(warning(`The state home is in memory (${name}): a restart empties it.`, MOVE));
  const open = openParentOf(path);
  if (open !== undefined) {
    findings.push(
      warning(
        `Other users may rename entries of ${open}, including the state home.`,
        `Run: chmod o-w ${open}   or: ${MOVE}`,
      ),
    );
  }
  for (const other of others(path)) {
    findings.push(
      warning(
        `${other} is another state home with some of your names: it has its own locks, costs and answers.`,
        `Commands that share names need one home: AGENT_SESSIONS_HOME=${quoteWord(path)}   To list the other names, set AGENT_SESSIONS_HOME=${quoteWord(other)} and run: ${context.wording.step("list", { everywhere: true })}`,
      ),
    );
  }
  return findings;
}

/** Checks that the disk has room for our files. */
export function checkSpace({ context, platform }: ExaminedState): Finding[] {
  const { path } = context.home;
  const { freeBytes, freeFiles }: FileSystem = fileSystemOf(path, platform);
  const free = `${Math.floor(freeBytes / 1e6)} MB are free at ${path}`;
  const hint = `Free some space on that file system. Delete old working files with: ${context.wording.step("gc")}`;
  if (freeBytes < NO_BYTES) return [problem(`The disk is full: ${free}.`, hint)];
  if (freeFiles !== undefined && freeFiles < NO_FILES)
    return [problem(`The file system of ${path} has no free inodes.`, hint)];
  if (freeBytes < LOW_BYTES) return [warning(`The disk is almost full: ${free}.`, hint)];
  return [ok(free)];
}

/** Clocks of machines that share a state home differ a little. */
const GRACE_MS = 60_000;

/** Checks that the clock is not behind the last move or use of a name. */
export function checkClock({ logs, context }: ExaminedState): Finding[] {
  const newestMs = Math.max(...logs.map((log) => log.newestMs), 0);
  const now = context.now();
  if (newestMs <= now.getTime() + GRACE_MS) return [ok(`The clock says ${now.toISOString()}.`)];
  return [
    warning(
      `The clock says ${now.toISOString()}, but names were recorded at ${new Date(newestMs).toISOString()}: the clock was set back, or was wrong then.`,
      "Set the clock. Until then, ages and deadlines are wrong; no name or turn is lost.",
    ),
  ];
}
