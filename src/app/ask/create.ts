import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import {
  type NameScope,
  type NameTable,
  OWN_NAME,
  parseName,
  refuseMovesAgo,
  usualSpelling,
} from "../../domain/names/name.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import type { TurnEnded } from "../../domain/session/session.ts";
import { record } from "../../domain/shape.ts";
import type { Beginning } from "../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import { checkBudget, refuseMoreToAgents, withBudget } from "../budget/check.ts";
import type { Context } from "../context.ts";
import { NameMoved } from "../names/resolve.ts";
import { findTwin, nameExists, refuseReserved } from "../names/taken.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { beginTurn, checkBeginning, checkTurn, type PlannedTurn, planRole } from "../turn/plan.ts";
import { settingsFor } from "../turn/remembered.ts";
import { withDeadline } from "../turn/running/deadline.ts";
import { newTicket, type TurnTicket } from "../turn/ticket.ts";
import type { Beginner } from "./askers/asker.ts";
import type { Created, CreateRequest, Existing } from "./askers/create-request.ts";
import { createOnLine } from "./askers/on-line.ts";
import { refuseWaiting } from "./await-creator.ts";
import { beginOnce, type RequestId } from "./request-id.ts";

export type { Created, CreateRequest } from "./askers/create-request.ts";

const NEW: Beginning = { continuity: "new" };

/**
 * Starts a conversation and names it. The name exists from the moment the conversation has an id, even if
 * this process dies at that moment.
 *
 * @throws AppError `name_exists`, `busy` when another process is creating the name, and what `checkTurn` and
 * the runner throw. NameMoved when the name does not point at the lost conversation. A turn that failed is a result, not
 * an exception.
 */
export function create<T>(
  context: Context,
  request: CreateRequest,
  runner: Beginner<T>,
): Promise<Created<T>> {
  refuseOwnName(context, request);
  return withDeadline(context, request, runner.signal, (asked, signal) =>
    createNow(context, asked, runner, signal),
  );
}

/** @throws AppError `usage` for the name of a folder's own conversation, unless a fork becomes it */
function refuseOwnName(context: Context, { name, scope, begins, workspace }: CreateRequest): void {
  if (scope !== undefined || begins?.forkOf !== undefined || usualSpelling(name) !== OWN_NAME) return;
  throw new AppError(
    "usage",
    `The name ${JSON.stringify(OWN_NAME)} is that of a folder's own conversation.`,
    {
      hint: `Begin or continue it with: ${context.wording.step("ask", { workspace })}   or pick another name.`,
    },
  );
}

/** Does the same within the deadline of a larger request, which `signal` includes. */
export async function createNow<T>(
  context: Context,
  request: CreateRequest,
  runner: Beginner<T>,
  signal: AbortSignal | undefined,
): Promise<Created<T>> {
  if (context.line !== undefined) return createOnLine(context, context.line, request, runner, signal);
  const ticket = newTicket(context, request.deadlineAt);
  const begin = async (takeBack?: () => Promise<void>): Promise<Created<T>> => {
    const prepared = await prepareCreate(context, request, ticket, signal);
    if (!prepared.created) {
      await takeBack?.();
      return prepared;
    }
    const turn = await runner.begin(context, prepared.turn, signal);
    // Nothing is kept of a first turn that failed before there was a conversation, so it can only be asked again.
    if (hasLeftNothing(turn)) await takeBack?.();
    return { created: true, turn };
  };
  if (request.request === undefined) return begin();
  return beginOnce(
    context,
    request,
    repeatableCreate(request, request.request, runner, signal),
    ticket,
    begin,
  );
}

/** Whether a value is the result of a turn without a conversation. */
function hasLeftNothing(turn: unknown): boolean {
  const { outcome, sessionId } = record(turn) ?? {};
  return outcome !== undefined && sessionId === undefined;
}

/** Returns the create as a request that can be repeated. */
function repeatableCreate<T>(
  { prompt = "" }: Pick<CreateRequest, "prompt">,
  request: RequestId,
  runner: Beginner<T>,
  signal: AbortSignal | undefined,
) {
  const again = (found: TurnResult | UnendedTurn): Created<T> | undefined => {
    const turn = runner.again(found);
    return turn === undefined ? undefined : { created: true, turn };
  };
  return { request, prompt, signal, again };
}

/**
 * Prepares the turn of a create: writes the turn to disk and reserves the name for it.
 *
 * @throws AppError as `create` says.
 */
async function prepareCreate(
  context: Context,
  request: CreateRequest,
  ticket: TurnTicket,
  signal: AbortSignal | undefined,
): Promise<{ created: true; turn: OpenTurn } | Existing> {
  const isExact = request.scope !== undefined;
  const asked = isExact ? request.name : parseName(request.name);
  const agent = context.chooseAgent(request.agent);
  const { workspace, ifExists = "fail", begins = NEW } = request;
  const scope: NameScope = request.scope ?? { workspace, agent: agent.name };
  requireFolder(workspace);
  await context.runner.refresh(scope);
  const names = await context.store.list(scope, signal);
  const name = (isExact ? undefined : findTwin(names, asked)?.name) ?? asked;
  const existing = names.entries.get(name);
  if (existing === undefined && !isExact) refuseMovesAgo(name);
  if (existing !== undefined && ifExists === "keep") return { created: false, entry: existing };
  const refuse = (now: NameTable) => {
    if (begins.continuity === "fresh") refuseMoved(context, now, name, begins.freshFor);
    else refuseTaken(context, now, name, request);
  };
  await refuseWaiting(context, names.reserved.get(name), name);
  refuse(names);
  refuseMoreToAgents(context, request.budget, existing?.budget);
  const budget = request.budget ?? existing?.budget;

  const prompt =
    request.prompt ??
    `This opens a conversation named ${JSON.stringify(name)}. Reply with OK and nothing else.`;
  checkBeginning(agent, prompt);
  // The others have theirs already, from what the name of another conversation remembers.
  const settings = begins.continuity === "new" ? settingsFor(context, agent, request, {}) : {};
  const options = { ...request, ...settings, prompt };
  // A name that goes on in place of a lost conversation has used what that has.
  const meant = { agent, sessionId: begins.freshFor, names: [withBudget(name, budget)], workspace };
  const endsAtTokens = await checkBudget(context, meant, options);
  const launcher = await checkTurn(context, agent, options, begins.continuity === "new");
  const before = await parentsLast(context, request);
  const planned: PlannedTurn = {
    kind: "create",
    scope,
    name,
    cwd: workspace,
    ...begins,
    sessionId: mayChooseId(agent, begins) ? context.newUuid() : undefined,
    ...planRole(agent, request, before?.agentVersion),
    budget: request.budget,
  };
  const shown = before?.program;
  const turn = beginTurn(context, ticket, planned, { ...options, endsAtTokens, launcher, shown });
  const { turnId } = ticket;
  try {
    const after = await context.store.update(
      scope,
      (now) => {
        if (ifExists === "keep" && now.entries.has(name)) return [];
        refuse(now);
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
  if (begins.continuity === "fresh")
    context.notify(
      `The conversation of ${JSON.stringify(name)} is lost; a new conversation begins under its name.`,
    );
  return { created: true, turn };
}

function mayChooseId({ can, givesForkIds }: Agent, { forkOf }: Beginning): boolean {
  return can.chooseId && (forkOf === undefined || givesForkIds !== true);
}

/** Returns the last turn in the parent of a fork; undefined for a conversation that is none. */
async function parentsLast(
  context: Context,
  { agent, begins }: CreateRequest,
): Promise<TurnEnded | undefined> {
  if (begins?.forkOf === undefined) return undefined;
  return context.store.session({ agent, sessionId: begins.forkOf }).journal.last();
}

function refuseMoved(context: Context, names: NameTable, name: string, sessionId: string): void {
  refuseReserved(context, names, name);
  if (names.entries.get(name)?.sessionId !== sessionId) throw new NameMoved();
}

/** @throws AppError `name_exists`; `busy` while the name is being created */
export function refuseTaken(context: Context, names: NameTable, name: string, request: CreateRequest): void {
  refuseReserved(context, names, name);
  if (request.ifExists !== "replace" && names.entries.has(name)) throw nameExists(context, name, request);
}
