import { openLoopback } from "../../test/support/loopback/loopback.ts";
import { realAgents } from "../../test/support/loopback/real-agents.ts";
import { processesOf } from "../keepers/processes.ts";
import { Rounds } from "../keepers/round.ts";
import { Random } from "../random.ts";
import { newTally, type Suite } from "../suite.ts";

const END_MS = 15_000;

export const keepers: Suite = {
  title: "SIGKILL of commands, keepers and the real claude, kept warm, at random",
  async run({ isShort, seed, tell }) {
    realAgents();
    const tally = newTally();
    const place = await openLoopback();
    const names = Array.from({ length: isShort ? 3 : 8 }, (_, at) => `n${at}`);
    const rounds = new Rounds(place, names, new Random(seed), tally);
    const lose = (what: string) => {
      tally.losses += 1;
      tell(what);
    };
    try {
      for (const name of names) await rounds.command("create", name, "-a", "claude", `${name} begins`);
      // From then on its program is known to take ids.
      for (const name of names) await rounds.command("send", name, `${name} goes on`);
      const lanes = Array.from({ length: 2 }, async () => {
        for (let round = 0; round < (isShort ? 12 : 120); round += 1) await rounds.one();
      });
      await Promise.all(lanes);
      for (const name of names) await rounds.command("keepers", "--run", name);

      let unsuccessful = 0;
      for (const { name, prompt, turnId } of rounds.asked) {
        const times = place.model
          .requests()
          .filter(({ userMessages }) => userMessages.at(-1) === prompt).length;
        if (times > 1) lose(`${prompt} to ${name} was asked ${times} times`);
        if (turnId === undefined) continue;
        const { stdout } = await rounds.command("wait", name, "--turn", turnId, "--json", "--timeout", "60s");
        const { outcome } = stdout.startsWith("{") ? JSON.parse(stdout) : {};
        const asked = place.model.requests().some(({ userMessages }) => userMessages.at(-1) === prompt);
        if (outcome === undefined) lose(`${prompt} to ${name} (${turnId}) has no end: ${stdout}`);
        else if (outcome !== "succeeded") unsuccessful += 1;
        else if (!asked) lose(`${prompt} to ${name} succeeded, and was never asked`);
      }
      if (unsuccessful > rounds.agentKills)
        lose(
          `${unsuccessful} accepted turns did not succeed, but only ${rounds.agentKills} agents were killed`,
        );
      tally.notes.push(
        `${rounds.agentKills} agents were killed; ${unsuccessful} accepted turns ended with them`,
      );

      for (const name of names) {
        const { code, stderr } = await rounds.command("send", name, `${name} ends`);
        if (code !== 0) lose(`The next turn of ${name} failed: ${stderr}`);
        const said = place.model.requests().at(-1)?.userMessages ?? [];
        const numbers = said.flatMap((prompt) => Number(/^prompt (\d+)$/.exec(prompt)?.[1] ?? Number.NaN));
        const known = numbers.filter((number) => !Number.isNaN(number));
        if (new Set(known).size !== known.length) lose(`${name} has a prompt twice: ${known.join(" ")}`);
      }
      await rounds.command("keepers", "--stop");
      const untilMs = performance.now() + END_MS;
      const left = () => processesOf(place.sandbox.home);
      while (left().length > 0 && performance.now() < untilMs)
        await new Promise((resolve) => setTimeout(resolve, 100));
      for (const { pid, kind } of left()) lose(`A ${kind} is left: process ${pid}`);
    } finally {
      await place.close();
    }
    return tally;
  },
};
