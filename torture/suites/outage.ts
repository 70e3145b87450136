import { AppError } from "../../src/domain/errors.ts";
import type { Accepted } from "../line/client.ts";
import { Fleet } from "../line/fleet.ts";
import { newTally, type Suite } from "../suite.ts";

const AWAY_MS = 15_000;
const PATIENCE_MS = 180_000;
/** How long the agents work: some end while the database is away, some after it is back. */
const WAITS = ["1", "4", "9", "14", "16", "18", "22", "30"];

/** The database of a line goes away while turns run, wait and are asked for. */
export const outage: Suite = {
  title: "the database is away for 15 s in mid-turn: each turn runs once, and is recorded once",
  async run({ isShort, tell }) {
    const tally = newTally();
    const fleet = await Fleet.open();
    if ("missing" in fleet) return { ...tally, ...fleet };
    const { client, server } = fleet;
    const lose = (what: string) => {
      tally.losses += 1;
      tell(what);
    };
    try {
      // As many places as names, so that all of them are in mid-turn.
      for (let at = 0; at < 4; at += 1) await fleet.add({ places: 2 });
      const names = WAITS.map((_, at) => `n${at}`);
      const first = await Promise.all(names.map((name) => client.create(name, `${name} begins`, "fail")));
      await fleet.ended(first, PATIENCE_MS);
      for (let round = 1; round <= (isShort ? 1 : 10); round += 1) {
        tally.rounds += 1;
        const asked: Accepted[] = [];
        const long: Accepted[] = [];
        for (const [at, name] of names.entries()) {
          const wait = WAITS[(at + round) % WAITS.length];
          long.push(
            await client.send(name, `long ${round}.${at} wait ${wait}`, at % 2 === 0 ? "fail" : "resend"),
          );
          asked.push(await client.send(name, `behind ${round}.${at}`, "fail"));
        }
        await fleet.atWork(long);
        asked.push(...long);
        const until = performance.now() + AWAY_MS + 5_000;
        const asking = (async () => {
          for (let at = 0; performance.now() < until; at += 1)
            asked.push(
              await persistently(() =>
                client.send(names[at % names.length] ?? "", `asked ${round}.${at}`, "fail"),
              ),
            );
        })();
        await server.stop("immediate");
        tally.kills += 1;
        await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
        await server.start();
        const backMs = performance.now();
        await asking;
        await fleet.ended(asked, PATIENCE_MS);
        tell(
          `round ${round}: ${asked.length} turns; all had ended ${((performance.now() - backMs) / 1000).toFixed(1)} s after it was back`,
        );
      }
      const found = await fleet.check();
      tally.operations = client.accepted.length;
      for (const what of found.losses) lose(what);
      for (const turn of found.unsuccessful) lose(`only the database was away: ${turn}`);
      for (const turn of found.twice) lose(`it was asked twice, though only the database was away: ${turn}`);
      for (const what of await fleet.stop()) lose(what);
    } finally {
      await fleet.remove();
    }
    return tally;
  },
};

/** Asks again with the same request id until the database is back, as a script would. */
async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AppError) || error.facts.is_away !== true) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
}
