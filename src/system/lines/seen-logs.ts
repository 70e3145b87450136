import { statSync } from "node:fs";

/** The last value of a log, and how many there are. */
export interface LogGlance {
  count: number;
  last: unknown;
}

interface SeenLog {
  /** That of the file when it was read. */
  stamp: string;
  glance: LogGlance;
}

/** A file that was changed less than this ago may be changed again under the same stamp: clocks of file systems are coarse. */
const SETTLED_MS = 1000;
/** So many logs are remembered, and as many of those that were seen before them. */
const MOST_SEEN = 4_000;

/**
 * What was read of logs, for a process that looks at the same ones again and again. A log whose file has not
 * changed is not read again.
 */
export class SeenLogs {
  private seen = new Map<string, SeenLog>();
  /** Those of the time before: what is seen again is taken over, the rest is forgotten with the next turnover. */
  private earlier = new Map<string, SeenLog>();

  constructor(private readonly most = MOST_SEEN) {}

  /** Returns what `read` returns, or has returned for the same file. */
  of(path: string, read: () => LogGlance | undefined): LogGlance | undefined {
    const found = stampOf(path);
    if (found === undefined) return read();
    const { stamp, changedMs } = found;
    const known = this.seen.get(path);
    if (known?.stamp === stamp) return known.glance;
    const before = this.earlier.get(path);
    if (before?.stamp === stamp) {
      this.remember(path, before);
      return before.glance;
    }
    this.seen.delete(path);
    this.earlier.delete(path);
    const glance = read();
    if (glance !== undefined && Date.now() - changedMs >= SETTLED_MS) this.remember(path, { stamp, glance });
    return glance;
  }

  private remember(path: string, log: SeenLog): void {
    this.earlier.delete(path);
    if (this.seen.size >= this.most) {
      this.earlier = this.seen;
      this.seen = new Map();
    }
    this.seen.set(path, log);
  }
}

/** Returns what another content has another of; undefined where only a read can tell what is wrong. */
function stampOf(path: string): { stamp: string; changedMs: number } | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true });
    return { stamp: `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`, changedMs: Number(ctimeMs) };
  } catch {
    return undefined;
  }
}
