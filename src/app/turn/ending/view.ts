import { exitCodeOf } from "../../../domain/errors.ts";
import { pick } from "../../../domain/json-line.ts";
import type { TreeState, TurnTree } from "../../../domain/tree/tree.ts";
import type { Usage } from "../../../domain/turn/usage.ts";
import type { PastTurn, TurnResult } from "./result.ts";

/** What the JSON says of a turn. Its `type` distinguishes it from the agent's own lines in a stream. */
export function turnView(turn: TurnResult): object {
  return {
    type: "agent_sessions.result",
    ...pick(turn, "name", "agent", "sessionId", "turnId", "workspace", "outcome", "continuity"),
    ...pick(turn, "continuityKnownBy", "text"),
    ...pick(turn, "structured", "model", "effort", "access"),
    usage: usageView(turn.usage),
    ...pick(turn, "startedAt", "endedAt", "durationMs"),
    foreignBytes: turn.foreignBytes ?? 0,
    foreignPrompts: turn.foreignPrompts ?? 0,
    process: turn.process ?? "cold",
    reboundFrom: turn.reboundFrom,
    ...endingView(turn),
    ...treeView(turn),
  };
}

/** What it says of a turn among others of its conversation. */
export function pastTurnView(turn: PastTurn): object {
  return {
    ...pick(turn, "turnId", "outcome", "continuity", "prompt", "text", "model", "effort", "access"),
    usage: usageView(turn.usage),
    ...pick(turn, "startedAt", "endedAt"),
    ...endingView(turn),
    ...treeView(turn),
  };
}

/** Only what a worker has run says which files it was about. */
function treeView({ tree }: { tree?: TurnTree }): object {
  if (tree === undefined) return {};
  const { kind, before, after, patch, leftIn } = tree;
  const state = ({ commit, isDirty }: TreeState) => ({ commit, dirty: isDirty });
  return { tree: { kind, before: state(before), after: state(after), patch, leftIn } };
}

function endingView({ failure, isPromptKept, retry }: TurnResult) {
  const error = failure && {
    ...pick(failure, "code", "message", "hint"),
    exitCode: exitCodeOf(failure.code),
    ...failure.facts,
  };
  return { isPromptKept: failure === undefined || isPromptKept, retry, error };
}

export function usageView(usage: Usage | undefined) {
  return (
    usage && pick(usage, "inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "costUsd")
  );
}
