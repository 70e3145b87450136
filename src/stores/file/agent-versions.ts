import { join } from "node:path";
import { literal, number, object, text } from "../../domain/shape.ts";
import { readJson } from "../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import {
  isSameProgram,
  type ProgramState,
  programState,
  realFileOf,
} from "../../system/processes/executable.ts";
import { digest, type StateHome } from "./home.ts";

/**
 * How long an answer is believed. A program that only starts another one, as a version manager's shim does and copilot
 * 1.0.102 with what it has downloaded, is still the same file when that other one is updated: its version may be the one
 * from before, until this time is over or `doctor` has asked.
 */
const BELIEVED_MS = 86_400_000;

const asAnswer = object({
  v: literal(1),
  /** How the program was found. Shims of several agents may be links to one file, which looks at this name. */
  path: text,
  realPath: text,
  inode: text,
  bytes: number,
  changedMs: number,
  versionLine: text,
  /** ISO 8601. */
  askedAt: text,
});

/** What a program has said of its version, and when, in ISO 8601. */
export interface VersionAnswer {
  versionLine: string;
  askedAt: string;
}

/** A program before it is asked. */
export type AskedProgram = ProgramState & { path: string; realPath: string };

/**
 * What programs have said of their versions, each with the state of its file. All of it can be asked again, so no error
 * of a file matters, and nothing is forced to disk.
 */
export class AgentVersions {
  constructor(
    private readonly home: StateHome,
    private readonly now: Date,
  ) {}

  /** Returns the answer of the program that is there now; undefined if it has to be asked. */
  read({ path, realPath, ...state }: AskedProgram): VersionAnswer | undefined {
    try {
      const kept = asAnswer(readJson(this.recordOf(path))?.value);
      if (kept === undefined || kept.path !== path || kept.realPath !== realPath) return undefined;
      const ageMs = this.now.getTime() - Date.parse(kept.askedAt);
      // A time in the future is that of a clock that was wrong.
      const isYoung = ageMs >= 0 && ageMs < BELIEVED_MS;
      if (!isYoung || !isSameProgram(kept, state)) return undefined;
      return { versionLine: kept.versionLine, askedAt: kept.askedAt };
    } catch {
      return undefined;
    }
  }

  /** Keeps an answer, unless another program is there by now: which of the two has answered can't be told. */
  keep(asked: AskedProgram | undefined, versionLine: string): VersionAnswer {
    const answer = { versionLine, askedAt: this.now.toISOString() };
    const still = asked && programAt(asked.path);
    if (asked === undefined || JSON.stringify(still) !== JSON.stringify(asked)) return answer;
    try {
      makeFolder(this.home.versionsFolder);
      replaceFile(this.recordOf(asked.path), `${JSON.stringify({ v: 1, ...asked, ...answer })}\n`, {
        sync: false,
      });
    } catch {
      // A full disk, say, is reported by commands that lose something by it.
    }
    return answer;
  }

  private recordOf(path: string): string {
    return join(this.home.versionsFolder, `${digest(path)}.json`);
  }
}

/** Returns the program that a path leads to; undefined if it leads to none. */
export function programAt(path: string): AskedProgram | undefined {
  const realPath = realFileOf(path);
  const state = realPath === undefined ? undefined : programState(realPath);
  return realPath === undefined || state === undefined ? undefined : { path, realPath, ...state };
}
