import { Fleet } from "../line/fleet.ts";
import { Kills } from "../line/kills.ts";
import { Random } from "../random.ts";
import { newTally, type Suite } from "../suite.ts";

const MACHINES = 4;
const ROUND_MS = 600_000;

/** Turns that machines share, while their workers are killed and started again. */
export const line: Suite = {
  title: "a line that machines share: workers, agents and whole machines are killed at random",
  async run({ isShort, seed, tell }) {
    const tally = newTally();
    const fleet = await Fleet.open();
    if ("missing" in fleet) return { ...tally, ...fleet };
    const size = isShort
      ? { rounds: 1, names: 5, turns: 30, kills: 2 }
      : { rounds: 10, names: 20, turns: 400, kills: 5 };
    const random = new Random(seed);
    const { client } = fleet;
    const lose = (what: string) => {
      tally.losses += 1;
      tell(what);
    };
    try {
      for (let at = 0; at < MACHINES; at += 1) await fleet.add();
      const kills = new Kills(fleet, random);
      for (let round = 1; round <= size.rounds; round += 1) {
        tally.rounds += 1;
        const startedMs = performance.now();
        const names = Array.from({ length: size.names }, (_, at) => `r${round}-${at}`);
        const policy = () => random.pick(["fail", "resend"] as const);
        const first = await Promise.all(names.map((name) => client.create(name, `${name} begins`, policy())));
        await fleet.ended(first, ROUND_MS);
        const asked = [...first];
        const ask = async () => {
          for (let at = size.names; at < size.turns; at += 1) {
            const wait = random.below(4) === 0 ? ` wait 0.${1 + random.below(9)}` : "";
            asked.push(await client.send(random.pick(names) ?? "", `turn ${round}.${at}${wait}`, policy()));
          }
        };
        const killing = kills.some(size.kills);
        await ask();
        await killing;
        await fleet.ended(asked, ROUND_MS);
        const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
        tell(`round ${round}: ${asked.length} turns in ${seconds} s; so far ${kills.summary()}`);
      }
      const found = await fleet.check();
      tally.operations = client.accepted.length;
      tally.kills = kills.count;
      for (const what of found.losses) lose(what);
      for (const what of await fleet.stop()) lose(what);
      tally.notes.push(
        `${kills.summary()}; ${found.unsuccessful.length} turns ended with their workers, ${found.twice.length} were asked again`,
      );
    } finally {
      await fleet.remove();
    }
    return tally;
  },
};
