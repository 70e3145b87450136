import type { GateSummary, Listed, Overview, RunningTurn, Which } from "./types.ts";

/** One line of the first screen. */
export interface Entry extends Which {
  key: string;
  listed: Listed | undefined;
  /** The turn that runs or waits in it. */
  turn: RunningTurn | undefined;
}

export interface Section {
  title: string;
  /** How it is drawn. */
  kind: "failed" | "lost" | "unread" | "running" | "queued" | "free";
  entries: Entry[];
}

/** What needs a person comes first. */
const SECTIONS: readonly Omit<Section, "entries">[] = [
  { kind: "failed", title: "Failed" },
  { kind: "lost", title: "Lost" },
  { kind: "unread", title: "Unread answers" },
  { kind: "running", title: "Running" },
  { kind: "queued", title: "Queued" },
  { kind: "free", title: "Idle" },
];

export function keyOf({ name, agent, workspace }: Which): string {
  // None of them has a NUL, and there may be thousands of keys.
  return `${agent}\0${workspace}\0${name}`;
}

/** Returns the gates that wait for an answer. */
export function waitingGates({ gates }: Pick<Overview, "gates">): GateSummary[] {
  return gates.filter(({ state }) => state === "waiting");
}

/** Returns all conversations by what they need; within a section as they were listed, the last used first. */
export function sectionsOf({
  names,
  creating,
  turns,
}: Pick<Overview, "names" | "creating" | "turns">): Section[] {
  const byKey = new Map<string, RunningTurn>();
  // Those that run come first in the list, and count.
  for (const turn of turns.toReversed())
    if (turn.name !== null) byKey.set(keyOf({ ...turn, name: turn.name }), turn);
  const sections = SECTIONS.map((section): Section => ({ ...section, entries: [] }));
  const entriesOf = new Map(sections.map(({ kind, entries }) => [kind, entries]));
  const put = (kind: Section["kind"], which: Which, listed: Listed | undefined) => {
    const key = keyOf(which);
    entriesOf.get(kind)?.push({ ...pickWhich(which), key, listed, turn: byKey.get(key) });
  };
  for (const one of creating) put("running", one, undefined);
  for (const one of names) put(one.state === "window" ? "running" : one.state, one, one);
  return sections;
}

function pickWhich({ name, agent, workspace }: Which): Which {
  return { name, agent, workspace };
}
