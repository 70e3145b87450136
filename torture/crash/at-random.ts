import type { Tally, TortureOptions } from "../suite.ts";
import { Ledger } from "./ledger.ts";
import { argsOf, type Operation } from "./operation.ts";
import { Place, type Victim } from "./place.ts";
import { Random } from "./random.ts";

/** After so many rounds a new place is begun: what is looked through must not grow for ever. */
const ROUNDS_IN_A_PLACE = 25;
const ROUNDS_IN_SHORT = 8;
const NAMES = ["one", "two", "three"] as const;

/** How long commands take with nobody in their way. */
type TypicalMs = Record<Operation["kind"], number>;

/** Kills commands at random instants: as pieces of work that don't touch each other. */
export async function killsAtRandom(tally: Tally, options: TortureOptions): Promise<(() => Promise<void>)[]> {
  const places = options.isShort ? 1 : 20;
  const place = new Place();
  try {
    const measured = await measure(place);
    const slowest: number[] = [];
    return Array.from({ length: places }, (_, index) => async () => {
      slowest.push(await killInAPlace(tally, options, { ...measured, index }));
      if (slowest.length < places) return;
      tally.notes.push(`the slowest command after a kill took ${Math.round(Math.max(...slowest))} ms`);
    });
  } finally {
    place.remove();
  }
}

/** Returns how long the slowest command took that nobody killed. */
async function killInAPlace(
  tally: Tally,
  { isShort, seed, tell }: TortureOptions,
  { kinds, typicalMs, index }: Omit<Round, "round"> & { index: number },
): Promise<number> {
  const random = new Random(seed + index);
  const place = new Place();
  const ledger = new Ledger(place);
  try {
    for (let round = 0; round < (isShort ? ROUNDS_IN_SHORT : ROUNDS_IN_A_PLACE); round += 1) {
      const made = await oneRound(place, ledger, random, { kinds, typicalMs, round });
      const { problems, operation, how } = made;
      tally.rounds += 1;
      tally.operations += 2;
      tally.kills += 1;
      if (problems.length === 0) continue;
      tally.losses += problems.length;
      tell(`place ${index}, round ${round}, ${argsOf(operation).join(" ")}, ${how}:`);
      for (const problem of problems) tell(`  ${problem}`);
      // What follows would only tell of the same again.
      break;
    }
  } finally {
    place.remove();
  }
  return ledger.slowestMs;
}

interface Round {
  kinds: Operation["kind"][];
  typicalMs: TypicalMs;
  round: number;
}

async function oneRound(place: Place, ledger: Ledger, random: Random, { kinds, typicalMs, round }: Round) {
  const operation = chooseOperation(ledger, random, kinds, `p${round}`);
  const victim: Victim = random.next() < 0.7 ? "command" : "everyone";
  // Half of a short command is the start of Node; and what works for it goes on when it has ended.
  const [from, to] = random.next() < 0.3 ? [0, 0.6] : [0.5, victim === "everyone" ? 1.8 : 1.1];
  const afterMs = typicalMs[operation.kind] * (from + (to - from) * random.next());
  const how = `${victim} killed after ${afterMs.toFixed(1)} ms`;
  const ran = await place.runAndKill(argsOf(operation), afterMs, victim);
  await place.quiet();
  const problems = await ledger.settle(operation, ran, victim);
  if (problems.length === 0) problems.push(...(await useAgain(place, ledger, operation, `q${round}`)));
  return { operation, how, problems };
}

/** The next command with the name works at once, whatever became of the one that was killed. */
async function useAgain(
  place: Place,
  ledger: Ledger,
  { agent, name }: Operation,
  prompt: string,
): Promise<string[]> {
  const kind = ledger.namesOf(agent).includes(name) ? "send" : "create";
  const operation: Operation = { kind, agent, name, prompt };
  const ran = await place.run(argsOf(operation));
  return [...ledger.note(operation, ran)].map((problem) => `then ${kind}: ${problem}`);
}

function chooseOperation(
  ledger: Ledger,
  random: Random,
  kinds: Operation["kind"][],
  prompt: string,
): Operation {
  const agent = random.pick<Operation["agent"]>(["claude", "codex"]);
  const there = ledger.namesOf(agent);
  const free = NAMES.filter((name) => !there.includes(name));
  const [first = NAMES[0], ...rest] = there;
  const possible = kinds.filter((kind) => {
    if (kind === "create") return free.length > 0;
    return there.length > 0 && (kind !== "rename" || free.length > 0);
  });
  const kind = random.pick(possible as [Operation["kind"], ...Operation["kind"][]]);
  if (kind === "create") return { kind, agent, name: random.pick(free as [string, ...string[]]), prompt };
  const name = random.pick([first, ...rest]);
  if (kind === "remove") return { kind, agent, name };
  if (kind === "rename") return { kind, agent, name, newName: random.pick(free as [string, ...string[]]) };
  return { kind, agent, name, prompt };
}

/** Which operations there are, and how long each takes. */
async function measure(place: Place): Promise<{ kinds: Operation["kind"][]; typicalMs: TypicalMs }> {
  const typicalMs: TypicalMs = { create: 0, replace: 0, send: 0, detach: 0, remove: 0, rename: 0 };
  const help = await place.run(["--help"]);
  const hasRename = /^ {2}rename\b/m.test(help.stdout);
  const agent = "claude";
  for (const round of [1, 2, 3]) {
    const operations: Operation[] = [
      { kind: "create", agent, name: "one", prompt: "m" },
      { kind: "send", agent, name: "one", prompt: "m" },
      { kind: "replace", agent, name: "one", prompt: "m" },
      { kind: "detach", agent, name: "one", prompt: "m" },
      ...(hasRename ? [{ kind: "rename" as const, agent, name: "one", newName: "two" } as const] : []),
      { kind: "remove", agent, name: hasRename ? "two" : "one" },
    ];
    for (const operation of operations) {
      const { durationMs, code, stdout, stderr } = await place.run(argsOf(operation));
      if (code !== 0) throw new Error(`${argsOf(operation).join(" ")} failed: ${stdout}${stderr}`);
      await place.quiet();
      const known = typicalMs[operation.kind];
      typicalMs[operation.kind] = round === 1 ? durationMs : Math.min(known, durationMs);
    }
  }
  const kinds = Object.keys(typicalMs) as Operation["kind"][];
  return { kinds: kinds.filter((kind) => kind !== "rename" || hasRename), typicalMs };
}
