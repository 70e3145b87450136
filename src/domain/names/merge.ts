import { withoutUndefined } from "../without-undefined.ts";

import type { Recent } from "./log.ts";
import type { NameEdit, NameEntry } from "./name.ts";

const NOTHING_RECENT: Recent = { set: new Set(), removed: new Map() };

type Entries = ReadonlyMap<string, NameEntry>;

/** What was found at the path of the mapping file. */
export interface FoundView {
  /** The names in the file; undefined when it was absent, had no bytes or could not be parsed. */
  entries: Entries | undefined;
  /** Whether an empty file can be trusted: it is a mapping, and no corrupt copy was set aside. */
  isTrusted: boolean;
}

export interface Merge {
  /** Edits that bring the name log up to date with the file. */
  edits: NameEdit[];
  /** Whether the file must be written to show the current names. */
  isViewStale: boolean;
  /** Names that the file had lost and that are written back. */
  writtenBack: string[];
}

/** Whether the mapping file shows the same for two entries, unknown keys included. */
export function isSameInView(left: NameEntry | undefined, right: NameEntry | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.sessionId === right.sessionId &&
    left.createdAt === right.createdAt &&
    left.lastModel === right.lastModel &&
    left.lastEffort === right.lastEffort &&
    JSON.stringify(left.foreign ?? {}) === JSON.stringify(right.foreign ?? {})
  );
}

/**
 * Merges three versions of the names of a scope: `base`, as last seen in the mapping file; `ours`, as in the
 * name log; and what the file shows now.
 *
 * A name that is missing from the file was removed by another tool only if the file is known to be complete:
 * it still contains another name of `base`, or it is valid and empty and no corrupt copy was set aside.
 * Otherwise the file was lost, not the name, and the name is written back.
 *
 * `recent` is what we did shortly before the file was written. The original scripts read, change and replace
 * the file without a lock. So a file that contradicts `recent` was read before our change: it is outdated and
 * says nothing about that change.
 */
export function mergeNames(
  base: Entries,
  ours: Entries,
  view: FoundView,
  recent: Recent = NOTHING_RECENT,
): Merge {
  const theirs = view.entries;
  const merge: Merge = { edits: [], isViewStale: false, writtenBack: [] };
  if (theirs === undefined) {
    merge.writtenBack = [...ours.keys()].filter((name) => base.has(name));
    merge.isViewStale = ours.size > 0;
    return merge;
  }

  const holdsAnother = [...base.keys()].some((name) => theirs.has(name));
  const isEmptiedOnPurpose = theirs.size === 0 && view.isTrusted;
  const isComplete = holdsAnother || isEmptiedOnPurpose;

  for (const [name, entry] of ours) {
    const found = theirs.get(name);
    const before = base.get(name);
    if (found === undefined) {
      if (before !== undefined && isComplete && isSameInView(before, entry) && !recent.set.has(name)) {
        merge.edits.push({ op: "remove", name, reason: "another tool" });
      } else {
        if (before !== undefined && !isComplete) merge.writtenBack.push(name);
        merge.isViewStale = true;
      }
    } else if (!isSameInView(found, entry)) {
      if (isSameInView(found, before) || before === undefined || recent.set.has(name)) {
        merge.isViewStale = true;
      } else {
        follow(merge, entry, found);
      }
    }
  }
  for (const [name, found] of theirs) {
    if (ours.has(name)) continue;
    const before = base.get(name) ?? recent.removed.get(name);
    if (before !== undefined && isSameInView(found, before)) merge.isViewStale = true;
    else follow(merge, undefined, found);
  }
  return merge;
}

/**
 * Takes over what another tool wrote for a name. Fields that only we know are kept while the id stays the
 * same; the budget is kept in any case, since it belongs to the name.
 */
function follow(merge: Merge, ours: NameEntry | undefined, found: NameEntry): void {
  const { usedAt, agentCommand, agentArgs } = ours?.sessionId === found.sessionId ? ours : {};
  const { budget } = ours ?? {};
  const entry: NameEntry = { ...found, ...withoutUndefined({ usedAt, agentCommand, agentArgs, budget }) };
  merge.edits.push({ op: "set", entry, reason: "another tool" });
}
