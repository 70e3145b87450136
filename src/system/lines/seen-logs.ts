import { statSync } from "node:fs";

/** The last value of a log, and how many there are. */
export interface LogGlance {
  count: number;
  last: unknown;
}

/** A file that was changed less than this ago may be changed again under the same stamp: clocks of file systems are coarse. */
const SETTLED_MS = 1000;
/** About so many logs are remembered; beyond that, all are read again. */
const MOST_SEEN = 5_000;

/**
 * What was read of logs, for a process that looks at the same ones again and again. A log whose file has not
 * changed is not read again.
 */
export class SeenLogs {
  private readonly seen = new Map<string, { stamp: string; glance: LogGlance }>();

  /** Returns what `read` returns, or has returned for the same file. */
  of(path: string, read: () => LogGlance | undefined): LogGlance | undefined {
    const found = stampOf(path);
    if (found === undefined) return read();
    const { stamp, changedMs } = found;
    const known = this.seen.get(path);
    if (known?.stamp === stamp) return known.glance;
    this.seen.delete(path);
    const glance = read();
    if (glance === undefined || Date.now() - changedMs < SETTLED_MS) return glance;
    if (this.seen.size >= MOST_SEEN) this.seen.clear();
    this.seen.set(path, { stamp, glance });
    return glance;
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
