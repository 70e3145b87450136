import { applyEdits, editsOf, replay } from "../../src/domain/names/log.ts";
import type { NameEntry } from "../../src/domain/names/name.ts";
import type { Acknowledged, Transition } from "./acknowledged.ts";

/** What each line of a name log changed, in order; `before` is the log up to `lines`. */
export function transitionsOf(before: readonly unknown[], lines: readonly unknown[]): Transition[][] {
  let table = replay(before);
  return lines.map((line) => {
    const after = applyEdits(table, editsOf([line]));
    const names = new Set([...table.entries.keys(), ...after.entries.keys()]);
    const changed = [...names].flatMap((name) => {
      const [from, to] = [idIn(table.entries, name), idIn(after.entries, name)];
      return from === to ? [] : [{ name, from, to }];
    });
    table = after;
    return changed;
  });
}

function idIn(entries: ReadonlyMap<string, NameEntry>, name: string): string | null {
  return entries.get(name)?.sessionId ?? null;
}

/**
 * Whether what processes were told can have happened one after the other in the order of the log: each
 * operation that was acknowledged is one line of it, no other line changes anything, and none stands before one
 * that had ended when it began. Returns what contradicts that.
 */
export function checkOrder(log: readonly Transition[][], acknowledged: readonly Acknowledged[]): string[] {
  const losses: string[] = [];
  const waiting = new Map<string, Acknowledged[]>();
  for (const operation of acknowledged.toSorted((left, right) => compare(left.endedNs, right.endedNs))) {
    const key = keyOf(operation.transitions);
    waiting.set(key, [...(waiting.get(key) ?? []), operation]);
  }
  let latest: Acknowledged | undefined;
  for (const transitions of log) {
    if (transitions.length === 0) continue;
    const operation = waiting.get(keyOf(transitions))?.shift();
    if (operation === undefined) {
      losses.push(`nobody was told of ${describe(transitions)}`);
      continue;
    }
    if (latest !== undefined && compare(operation.endedNs, latest.startedNs) < 0) {
      losses.push(
        `${operation.what} ${describe(operation.transitions)} had ended before ${latest.what} ${describe(latest.transitions)} began, and stands behind it`,
      );
    }
    if (latest === undefined || compare(operation.startedNs, latest.startedNs) > 0) latest = operation;
  }
  for (const missing of [...waiting.values()].flat())
    losses.push(`${missing.what} was acknowledged and is not in the log: ${describe(missing.transitions)}`);
  return losses;
}

function keyOf(transitions: readonly Transition[]): string {
  return JSON.stringify(transitions.map(({ name, from, to }) => [name, from, to]).sort());
}

function describe(transitions: readonly Transition[]): string {
  return transitions.map(({ name, from, to }) => `${name}: ${from} → ${to}`).join(", ");
}

/** Compares decimal digits as numbers. */
function compare(left: string, right: string): number {
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
