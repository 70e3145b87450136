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
  return JSON.stringify([agent, workspace, name]);
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
  const known = names.map((listed): [Section["kind"], Entry] => {
    const key = keyOf(listed);
    const kind = listed.state === "window" ? "running" : listed.state;
    return [kind, { ...pickWhich(listed), key, listed, turn: byKey.get(key) }];
  });
  const begun = creating.map((one): [Section["kind"], Entry] => {
    const key = keyOf(one);
    return ["running", { ...pickWhich(one), key, listed: undefined, turn: byKey.get(key) }];
  });
  return SECTIONS.map((section) => ({
    ...section,
    entries: [...begun, ...known].flatMap(([kind, entry]) => (kind === section.kind ? [entry] : [])),
  }));
}

function pickWhich({ name, agent, workspace }: Which): Which {
  return { name, agent, workspace };
}
