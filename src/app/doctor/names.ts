import { quoteWord } from "../../domain/words.ts";
import { listStoredSessions } from "../../stores/file/sessions/stored.ts";
import { isWorkspaceGone } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import type { ExaminedState } from "./examined.ts";
import { type Finding, foundOr, problemOf, problemsIn, warning } from "./finding.ts";

/** Checks that this version can read every name log. */
export function checkNameLogs(state: ExaminedState): Finding[] {
  const count = state.named().length;
  return foundOr(state.broken.map(problemOf), `${count} names in ${state.logs.length} logs, all readable.`);
}

/** Checks that the original scripts can see the names. An unreadable mapping file is not a corrupt one. */
export function checkMappingFiles({ context, store, logs }: ExaminedState): Finding[] {
  const findings = logs.flatMap(({ scope }): Finding[] => {
    const view = store.view(scope);
    if (view === undefined) return [];
    const content = view.read();
    if (content.kind === "corrupt") {
      return [
        warning(
          `${view.path} is corrupt; no name is lost.`,
          `Whatever reads the names next sets it aside and writes them back: ${context.wording.step("list", { workspace: scope.workspace })}`,
        ),
      ];
    }
    if (content.kind !== "unreadable") return [];
    return [
      warning(
        `${view.path} can't be read (${content.reason}); no name is lost, only the original scripts can't see changes.`,
        `Look at it with: ls -ld ${quoteWord(view.path)}`,
      ),
    ];
  });
  return foundOr(findings, "The mapping files of the original scripts are in order.");
}

/** Checks that this version can read the record of each conversation. */
export function checkRecords({ context }: ExaminedState): Finding[] {
  const sessions = listStoredSessions(context.home);
  const findings = sessions.flatMap((session) => problemsIn(() => session.isEmpty() || session.look()));
  return foundOr(findings, `${sessions.length} conversations are recorded, all readable.`);
}

/** Checks that the workspaces of the names still exist. */
export function checkWorkspaces(state: ExaminedState): Finding[] {
  const counts = new Map<string, number>();
  for (const { scope } of state.named()) {
    if (scope.mappingFile === undefined) counts.set(scope.workspace, (counts.get(scope.workspace) ?? 0) + 1);
  }
  const gone = [...counts].filter(([workspace]) => isWorkspaceGone(workspace));
  return foundOr(
    gone.map(([workspace, count]) => describe(state.context, workspace, count)),
    "All folders that have names exist.",
  );
}

function describe({ wording: { step } }: Context, workspace: string, count: number): Finding {
  const names = count === 1 ? "1 name belongs" : `${count} names belong`;
  return warning(
    `${names} to ${workspace}, which does not exist any more.`,
    `If it was moved, do this where it is now: ${step("rebind", { from: workspace })}   If it was deleted: ${step("removeAll", { workspace })}`,
  );
}
