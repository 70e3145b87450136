import type { Line, LineResult } from "../../mcp/tool.ts";
import type { Changes } from "./changes.ts";

/** What is older is no answer to a page that only begins: a browser needs no longer to start. */
const RECENT_MS = 10_000;
/** A count that is never told: whoever waits for another one has waited long enough. */
const NO_COUNT = -1;

interface Look {
  told: LineResult;
  /** The count of changes before it, as what changes while it is made is a reason to ask again. */
  count: number;
  begunMs: number;
}

interface Sources {
  run(line: Line): Promise<LineResult>;
  changes: Pick<Changes, "count">;
  maxAccess: string;
}

/**
 * All that the first screen is made of. It is read ahead, while the browser starts: a browser that loads the page leaves the
 * server a third of its speed.
 */
export class FirstScreen {
  private last: Promise<Look> | undefined;

  constructor(private readonly sources: Sources) {}

  lookAhead(): void {
    this.last = this.look();
    // A page that asks looks again, and is told.
    this.last.catch(() => undefined);
  }

  /** Does what changes something. What was read before its end, such as for another page meanwhile, is dropped. */
  async whileChanging<T>(change: () => Promise<T>): Promise<T> {
    try {
      this.last = undefined;
      return await change();
    } finally {
      this.last = undefined;
    }
  }

  /**
   * A page that has nothing yet gets what was read last, where no folder has told of a change since. It is called to ask again
   * within half a second, and sees all other changes then.
   */
  async answer({ isFirst }: { isFirst: boolean }): Promise<LineResult> {
    const seen = isFirst ? await this.last?.catch(() => undefined) : undefined;
    if (seen?.told.json !== undefined && this.isRecent(seen))
      return { json: { ...seen.told.json, changes: NO_COUNT } };
    this.last = this.look();
    return (await this.last).told;
  }

  private isRecent({ count, begunMs }: Look): boolean {
    return count === this.sources.changes.count && performance.now() - begunMs < RECENT_MS;
  }

  private async look(): Promise<Look> {
    const { run, changes, maxAccess } = this.sources;
    const { count } = changes;
    const begunMs = performance.now();
    const parts = await Promise.all([
      run({ argv: ["list", "--all"] }),
      run({ argv: ["status", "--all"] }),
      run({ argv: ["gate", "list", "--all"] }),
    ]);
    const failed = parts.find(({ error }) => error !== undefined);
    if (failed !== undefined) return { told: failed, count, begunMs };
    const [list, status, gates] = parts.map(({ json = {} }) => json);
    const json = {
      names: list?.names,
      creating: list?.creating,
      turns: status?.turns,
      gates: gates?.gates,
      max_access: maxAccess,
      changes: count,
    };
    return { told: { json }, count, begunMs };
  }
}
