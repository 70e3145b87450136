import { quoteWord } from "../../domain/words.ts";
import { isWorkspaceGone } from "../../system/places/workspace.ts";
import type { ExaminedState } from "./examined.ts";
import { type Finding, foundOr, warning } from "./finding.ts";

/** Whether the folders that names belong to are still there. */
export function checkWorkspaces(state: ExaminedState): Finding[] {
  const counts = new Map<string, number>();
  for (const { scope } of state.named()) {
    if (scope.mappingFile === undefined) counts.set(scope.workspace, (counts.get(scope.workspace) ?? 0) + 1);
  }
  const gone = [...counts].filter(([workspace]) => isWorkspaceGone(workspace));
  return foundOr(
    gone.map(([workspace, count]) => describe(workspace, count)),
    "The folders that names belong to are all there.",
  );
}

function describe(workspace: string, count: number): Finding {
  const names = count === 1 ? "1 name belongs" : `${count} names belong`;
  return warning(
    `${names} to ${workspace}, which is gone.`,
    `If it was moved, go to where it is now, and type: agent-sessions adopt --all --from ${quoteWord(workspace)}   If it was deleted: agent-sessions remove --all --workspace ${quoteWord(workspace)}`,
  );
}
