import { statSync } from "node:fs";
import type { Tally, TortureOptions } from "../suite.ts";
import { Ledger } from "./ledger.ts";
import { argsOf, type Operation } from "./operation.ts";
import { Place, type Ran } from "./place.ts";
import { Random } from "./random.ts";

const STEPS_IN_SHORT = 1;
/** After so many stops a new place is begun. */
const STOPS_IN_A_PLACE = 40;
const NAME = "one";
/** A file of uses of one name without the many that were added. */
const FEW_USES_BYTES = 1_000;

/** Something that is stopped at each of its steps. */
interface Course {
  title: string;
  agent: Operation["agent"];
  /** What has to be there before. */
  needs: "name" | "no name" | "killed send" | "killed create";
  kind: Operation["kind"];
  /** The sub-command in which the stop happens. */
  verb: string;
  /** The name was used so often that its uses are written anew. */
  hasManyUses?: true;
}

const COURSES: readonly Course[] = [
  { title: "create", agent: "claude", needs: "no name", kind: "create", verb: "create" },
  {
    title: "create with an id of the agent's",
    agent: "codex",
    needs: "no name",
    kind: "create",
    verb: "create",
  },
  { title: "send", agent: "claude", needs: "name", kind: "send", verb: "send" },
  {
    title: "send that writes the uses of names anew",
    agent: "claude",
    needs: "name",
    kind: "send",
    verb: "send",
    hasManyUses: true,
  },
  { title: "create --replace", agent: "codex", needs: "name", kind: "replace", verb: "create" },
  { title: "remove", agent: "claude", needs: "name", kind: "remove", verb: "remove" },
  { title: "send --detach", agent: "claude", needs: "name", kind: "detach", verb: "send" },
  {
    title: "what attends to a detached turn",
    agent: "codex",
    needs: "name",
    kind: "detach",
    verb: "keep-turns",
  },
  { title: "settling a send", agent: "claude", needs: "killed send", kind: "send", verb: "list" },
  { title: "settling a create", agent: "codex", needs: "killed create", kind: "create", verb: "list" },
];

/** Kills commands before each single step that they take towards the disk, the agent or the reader. */
export function killsAtEachStep(tally: Tally, options: TortureOptions): (() => Promise<void>)[] {
  return COURSES.map((course, index) => () => killInACourse(course, tally, options, options.seed + index));
}

async function killInACourse(
  course: Course,
  tally: Tally,
  { isShort, tell }: TortureOptions,
  seed: number,
): Promise<void> {
  const trial = new Trial(course);
  try {
    const steps = await trial.count();
    const all = steps.map((_, index) => index + 1);
    const chosen = isShort ? sample(all, STEPS_IN_SHORT, new Random(seed)) : all;
    let isWhole = true;
    for (const [index, at] of chosen.entries()) {
      if (!isWhole || index % STOPS_IN_A_PLACE === STOPS_IN_A_PLACE - 1) trial.begin();
      const { problems, steps: passed } = await trial.stopAt(at);
      isWhole = problems.length === 0;
      tally.rounds += 1;
      tally.operations += 2;
      tally.kills += 1;
      tally.losses += problems.length;
      if (!isWhole) tell(`${course.title}, stopped before step ${at} of ${steps.length} (${passed.at(-1)}):`);
      for (const problem of problems) tell(`  ${problem}`);
    }
    tally.notes.push(`${course.title}: stopped before ${chosen.length} of ${steps.length} steps`);
  } finally {
    trial.end();
  }
}

/** The rounds of one course, in places of their own. */
class Trial {
  private place = new Place();
  private ledger = new Ledger(this.place);
  private prompts = 0;

  constructor(private readonly course: Course) {}

  begin(): void {
    this.place.remove();
    this.place = new Place();
    this.ledger = new Ledger(this.place);
  }

  end(): void {
    this.place.remove();
  }

  /** The steps that the course takes with nobody in its way. */
  async count(): Promise<string[]> {
    const { problems, steps } = await this.stopAt(0);
    if (problems.length > 0) throw new Error(`${this.course.title} fails unhurt: ${problems.join("; ")}`);
    return steps;
  }

  async stopAt(at: number): Promise<{ problems: string[]; steps: string[] }> {
    const { kind, verb, needs } = this.course;
    const problems = await this.prepare(needs === "name" || needs === "killed send");
    const uses = this.course.hasManyUses ? this.place.addUses(NAME) : undefined;
    const operation = this.operation(kind);
    let ran: Ran & { steps: string[] };
    if (needs === "killed send" || needs === "killed create") {
      const cut = await this.place.runAndStop(argsOf(operation), { verb: kind, at: "gate" });
      const settling = await this.place.runAndStop(["list"], { verb, at });
      ran = { ...cut, steps: settling.steps };
    } else {
      ran = await this.place.runAndStop(argsOf(operation), { verb, at });
    }
    problems.push(...(await this.ledger.settle(operation, ran, "command")));
    if (uses !== undefined && at === 0 && statSync(uses).size > FEW_USES_BYTES)
      problems.push("the file of uses is as long as before");
    if (problems.length === 0) problems.push(...(await this.useAgain()));
    return { problems, steps: ran.steps };
  }

  /** Brings the name into the state that the course begins with. */
  private prepare(wantsName: boolean): Promise<string[]> {
    return this.hasName() === wantsName ? Promise.resolve([]) : this.use(wantsName ? "create" : "remove");
  }

  private useAgain(): Promise<string[]> {
    return this.use(this.hasName() ? "send" : "create");
  }

  private async use(kind: Operation["kind"]): Promise<string[]> {
    const operation = this.operation(kind);
    const problems = this.ledger.note(operation, await this.place.run(argsOf(operation)));
    return problems.map((problem) => `${kind} with nobody in its way: ${problem}`);
  }

  private hasName(): boolean {
    return this.ledger.namesOf(this.course.agent).includes(NAME);
  }

  private operation(kind: Operation["kind"]): Operation {
    this.prompts += 1;
    const spoken = kind === "remove" ? {} : { prompt: `p${this.prompts}` };
    return { kind, agent: this.course.agent, name: NAME, ...spoken };
  }
}

/** So many of `all`, spread over the whole by chance. */
function sample(all: readonly number[], count: number, random: Random): number[] {
  const width = all.length / count;
  return Array.from({ length: count }, (_, part) => all[Math.floor((part + random.next()) * width)] ?? 1);
}
