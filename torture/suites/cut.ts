import { until } from "../../test/support/until.ts";
import type { Accepted } from "../line/client.ts";
import { Cut } from "../line/cut.ts";
import { elsewhere } from "../line/elsewhere.ts";
import { Fleet } from "../line/fleet.ts";
import { newTally, type Suite } from "../suite.ts";

const PATIENCE_MS = 180_000;
/** How long a worker may take to find out that it was passed over, once it is heard again. */
const FINDS_OUT_MS = 60_000;

/** A worker is cut off from the others in mid-turn, is passed over, and comes back. */
export const cut: Suite = {
  title:
    "a worker is cut off in a network of its own: another has its turns, and its late commits are refused",
  async run({ isShort, tell }) {
    const tally = newTally();
    const missing = Cut.whyNot();
    if (missing !== undefined) return { ...tally, missing };
    const lose = (what: string) => {
      tally.losses += 1;
      tell(what);
    };
    const network = new Cut();
    await network.open();
    const place = await elsewhere(network.host);
    const fleet = await Fleet.open(place.options);
    try {
      if ("missing" in fleet) return { ...tally, ...fleet };
      const { client } = fleet;
      const far = await fleet.add({
        storeUrl: place.url(fleet.database),
        within: (argv) => network.words(argv),
        places: 3,
      });
      const names = ["long", "short", "again"];
      const first = await Promise.all(names.map((name) => client.create(name, `${name} begins`, "fail")));
      await fleet.ended(first, PATIENCE_MS);
      for (let round = 1; round <= (isShort ? 1 : 10); round += 1) {
        tally.rounds += 1;
        // One that is at work when its worker is back, and two that are ready long before.
        const cutOff = [
          await client.send("long", `long ${round} wait 300`, "fail"),
          await client.send("short", `short ${round} wait 4`, "fail"),
          await client.send("again", `again ${round} wait 4`, "resend"),
        ];
        await fleet.atWork(cutOff);
        network.cut();
        tally.kills += 1;
        const near = await fleet.add({ places: 3 });
        const behind: Accepted[] = [];
        for (const name of names) behind.push(await client.send(name, `behind ${round} in ${name}`, "fail"));
        await fleet.ended([...cutOff, ...behind], PATIENCE_MS);
        const recorded = await fleet.rows();
        network.heal();
        const healedMs = performance.now();
        const isDone = () =>
          cutOff.every(({ turnId }) => far.worker?.stderr().includes(`Done with ${turnId}`)) &&
          far.processes().length === 0;
        await until(isDone, { what: "the worker to find out", timeoutMs: FINDS_OUT_MS }).catch(
          (error: Error) => lose(`${error.message} ${far.worker?.stderr()}`),
        );
        const seconds = ((performance.now() - healedMs) / 1000).toFixed(1);
        const now = await fleet.rows();
        for (const { turnId, prompt } of cutOff)
          if (JSON.stringify(now.turns.get(turnId)) !== JSON.stringify(recorded.turns.get(turnId)))
            lose(`${prompt} was recorded once more: ${JSON.stringify(now.turns.get(turnId))}`);
        if (JSON.stringify([...now.journals]) !== JSON.stringify([...recorded.journals]))
          lose(`the journals have changed: ${JSON.stringify([...now.journals])}`);
        const outcomes = cutOff.map(({ turnId }) => now.turns.get(turnId)?.outcome);
        if (outcomes.join() !== "unknown,unknown,succeeded") lose(`they ended as ${outcomes.join(", ")}`);
        for (const what of [await near.stop()].flatMap((said) => said ?? [])) lose(what);
        // What the worker had of them is no part of the conversations.
        const after: Accepted[] = [];
        for (const name of names) after.push(await client.send(name, `after ${round} in ${name}`, "fail"));
        await fleet.ended(after, PATIENCE_MS);
        tell(`round ${round}: ${seconds} s after the network was back, the worker had ended its agents`);
      }
      const found = await fleet.check();
      tally.operations = client.accepted.length;
      for (const what of found.losses) lose(what);
      for (const what of await fleet.stop()) lose(what);
    } finally {
      if (!("missing" in fleet)) await fleet.remove();
      network.close();
      place.remove();
    }
    return tally;
  },
};
