import { AppError } from "../../domain/errors.ts";
import {
  type NameEntry,
  type NameScope,
  type NameTable,
  parseName,
  refuseMovesAgo,
} from "../../domain/names/name.ts";
import { quoteWord } from "../../domain/words.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { NameMoved } from "../names/resolve.ts";
import { findTwin, refuseReserved } from "../names/taken.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { beginTurn, checkBeginning, checkTurn, type PlannedTurn, type TurnOptions } from "../turn/plan.ts";
import { planRole } from "../turn/plan-role.ts";
import { startDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { settleScope } from "../turn/settle.ts";
import { newTicket, type TurnTicket } from "../turn/ticket.ts";
import { runFirstTurn } from "./first-turn.ts";

export interface CreateRequest extends TurnOptions {
  name: string;
  agent: string;
  /** Absolute, with symbolic links resolved. */
  workspace: string;
  /** Without one, the smallest possible first turn is made. */
  prompt?: string | undefined;
  roleText?: string | undefined;
  /** Whether the role of `forkOf` was changed after that conversation began. */
  isRoleChanged?: boolean | undefined;
  /**
   * The scope of a name that is taken byte for byte, even one that `parseName` refuses. Default: the
   * workspace's own names, where names that look the same are one name.
   */
  scope?: NameScope | undefined;
  /** Begin with the history of this conversation. */
  forkOf?: string | undefined;
  /** Replace this conversation, which is lost and which the name points at. */
  freshFor?: string | undefined;
  /** Default: `fail`. Not with `freshFor`. */
  ifExists?: "fail" | "replace" | "keep" | undefined;
}

export type Created = { created: true; turn: TurnResult } | { created: false; entry: NameEntry };

/**
 * Starts a conversation and names it. The name exists from the moment the conversation has an id, even if
 * this process dies at that moment.
 *
 * @throws AppError `name_exists`, `busy` when another process is creating the name, and what `checkTurn` and
 * `runTurn` throw. NameMoved when the name does not point at `freshFor`. A turn that failed is a result, not
 * an exception.
 */
export async function create(
  context: Context,
  request: CreateRequest,
  listener: TurnListener,
): Promise<Created> {
  const deadline = startDeadline(context, { ...request, signal: listener.signal });
  try {
    const signal = deadline?.signal ?? listener.signal;
    const ticket = newTicket(context, deadline?.at ?? request.deadlineAt);
    const prepared = await prepareCreate(context, request, ticket, signal);
    if (!prepared.created) return prepared;
    return { created: true, turn: await runFirstTurn(context, prepared.turn, { ...listener, signal }) };
  } finally {
    deadline?.stop();
  }
}

/**
 * Prepares the turn of a create: writes the turn to disk and reserves the name for it.
 *
 * @throws AppError as `create` says.
 */
export async function prepareCreate(
  context: Context,
  request: CreateRequest,
  ticket: TurnTicket,
  signal: AbortSignal | undefined,
): Promise<{ created: true; turn: OpenTurn } | { created: false; entry: NameEntry }> {
  const isExact = request.scope !== undefined;
  const asked = isExact ? request.name : parseName(request.name);
  const agent = context.findAgent(request.agent);
  const { workspace, roleText, ifExists = "fail" } = request;
  const scope: NameScope = request.scope ?? { workspace, agent: agent.name };
  requireFolder(workspace);
  await settleScope(context, scope);
  const before = await context.store.list(scope, signal);
  const name = (isExact ? undefined : findTwin(before, asked)?.name) ?? asked;
  const existing = before.entries.get(name);
  if (existing === undefined && !isExact) refuseMovesAgo(name);
  if (existing !== undefined && ifExists === "keep") return { created: false, entry: existing };
  const refuse = (names: NameTable) => {
    if (request.freshFor === undefined) refuseTaken(context, names, name, request);
    else refuseMoved(context, names, name, request.freshFor);
  };
  refuse(before);

  const prompt =
    request.prompt ??
    `This opens a conversation named ${JSON.stringify(name)}. Reply with OK and nothing else.`;
  checkBeginning(agent, prompt);
  const launcher = await checkTurn(context, agent, prompt, roleText, request);
  const planned: PlannedTurn = {
    kind: "create",
    scope,
    name,
    cwd: workspace,
    ...beginningOf(request),
    ...(agent.can.chooseId ? { sessionId: context.newUuid() } : {}),
    ...planRole(agent, request, await versionOf(context, request)),
  };
  const turn = beginTurn(context, agent, ticket, planned, prompt, launcher, request);
  const { turnId } = ticket;
  try {
    const after = await context.store.update(
      scope,
      (names) => {
        if (ifExists === "keep" && names.entries.has(name)) return [];
        refuse(names);
        return [{ op: "reserve", name, turnId }];
      },
      signal,
    );
    // Another process has created the name since the first check.
    const theirs = after.reserved.get(name) === turnId ? undefined : after.entries.get(name);
    if (theirs !== undefined) {
      context.turns.remove(turn.folder);
      return { created: false, entry: theirs };
    }
  } catch (error) {
    context.turns.remove(turn.folder);
    throw error;
  }
  if (request.freshFor !== undefined)
    context.notify(`The conversation of ${JSON.stringify(name)} is lost; a new one begins under its name.`);
  return { created: true, turn };
}

function beginningOf({
  forkOf,
  freshFor,
}: CreateRequest): Pick<PlannedTurn, "continuity" | "forkOf" | "freshFor"> {
  if (forkOf !== undefined) return { continuity: "forked", forkOf };
  return freshFor === undefined ? { continuity: "new" } : { continuity: "fresh", freshFor };
}

/**
 * Returns the agent's version of the parent's last turn. A conversation that is not a fork has no changed
 * role, and needs none.
 */
async function versionOf(context: Context, { agent, forkOf }: CreateRequest): Promise<string | undefined> {
  if (forkOf === undefined) return undefined;
  return (await context.store.session({ agent, sessionId: forkOf }).journal.last())?.agentVersion;
}

function refuseMoved(context: Context, names: NameTable, name: string, sessionId: string): void {
  refuseReserved(context, names, name);
  if (names.entries.get(name)?.sessionId !== sessionId) throw new NameMoved();
}

function refuseTaken(
  context: Context,
  names: NameTable,
  name: string,
  { ifExists, forkOf }: CreateRequest,
): void {
  refuseReserved(context, names, name);
  if (ifExists !== "replace" && names.entries.has(name)) {
    const others =
      forkOf === undefined
        ? "Start over with --replace, or take the one there is with --if-missing."
        : "Give the fork another name.";
    throw new AppError("name_exists", `The name ${JSON.stringify(name)} exists already in this workspace.`, {
      hint: `Continue it with: agent-sessions send ${quoteWord(name)} '…'   ${others}`,
    });
  }
}
