import { resolve } from "node:path";
import type { AgentEnvironment } from "../../../domain/agent/places.ts";
import type { WarmForm } from "../../../domain/agent/warm.ts";
import { plainTextOf, stampOf, stampsIn } from "../../../system/files/stamps.ts";

/** How many files below the folders that an agent reads are looked at before each turn. */
const MOST_FILES = 1_000;
/** A longer file includes nothing that is looked at. */
const MOST_BYTES = 1024 * 1024;
/** How deep files include each other. */
const MOST_LEVELS = 5;

/** What the files say that an agent reads when it starts. */
export class StartState {
  private readonly included = new Map<string, { stamp: string; paths: readonly string[] }>();

  constructor(
    private readonly form: WarmForm,
    private readonly environment: AgentEnvironment,
  ) {}

  /**
   * Returns a text that changes when one of the files does, those that arguments name included; undefined if there are too
   * many to look at.
   */
  of(folder: string, args: readonly string[]): string | undefined {
    const { files: known, folders } = this.form.readAtStart(folder, this.environment);
    const named = args
      .flatMap((arg) => [arg, arg.slice(arg.indexOf("=") + 1)])
      .map((arg) => resolve(folder, arg));
    const files = [...known, ...named];
    const stamps = new Map<string, string>();
    for (const path of folders) {
      const found = stampsIn(path, MOST_FILES - stamps.size);
      if (found === undefined) return undefined;
      for (const [file, stamp] of found) stamps.set(file, stamp);
    }
    let level: readonly string[] = [...files, ...stamps.keys()];
    for (let depth = 0; depth <= MOST_LEVELS && level.length > 0; depth += 1) {
      const next: string[] = [];
      for (const path of level) {
        const stamp = stampOf(path);
        stamps.set(path, stamp);
        if (path.endsWith(".md")) next.push(...this.includedIn(path, stamp));
      }
      level = next.filter((path) => !stamps.has(path));
      if (stamps.size > MOST_FILES) return undefined;
    }
    return JSON.stringify([...stamps].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  private includedIn(path: string, stamp: string): readonly string[] {
    const known = this.included.get(path);
    if (known?.stamp === stamp) return known.paths;
    const content = plainTextOf(path, MOST_BYTES) ?? "";
    const paths = this.form.includedIn(content, path, this.environment);
    this.included.set(path, { stamp, paths });
    return paths;
  }
}
