import type { Connection } from "../connection.ts";

/** How often it looks. */
const EVERY_MS = 1_000;

/**
 * Passes on what workers have that give no sign of life. While the database is away nobody can give one, so whoever was cut
 * off himself judges nobody before the others have had a whole lease to be heard again.
 */
export class Watch {
  private readonly over = new AbortController();
  private patientUntilMs = 0;
  private heardMs = 0;

  constructor(
    private readonly connection: Connection,
    private readonly leaseMs: number,
    /** Passes on what has lapsed. */
    private readonly passOn: () => Promise<void>,
  ) {}

  /** Resolves when it watches. @throws what the database says */
  async start(): Promise<void> {
    const [row] = await this.connection.query<{ age_ms: number }>(
      "select (extract(epoch from clock_timestamp() - pg_postmaster_start_time()) * 1000)::float8 as age_ms",
    );
    this.heardMs = performance.now();
    this.patientUntilMs = this.heardMs + this.leaseMs - (row?.age_ms ?? 0);
    void this.run();
  }

  stop(): void {
    this.over.abort();
  }

  private async run(): Promise<void> {
    while (!this.over.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS).unref());
      try {
        // A statement that is sent into silence takes effect when the silence is over: this one does no harm.
        await this.connection.within(this.leaseMs / 3).query("select");
        const nowMs = performance.now();
        if (nowMs - this.heardMs > this.leaseMs / 3) this.patientUntilMs = nowMs + this.leaseMs;
        this.heardMs = nowMs;
        if (nowMs >= this.patientUntilMs && !this.over.signal.aborted) await this.passOn();
      } catch {
        // The database is away, and says so each time.
      }
    }
  }
}
