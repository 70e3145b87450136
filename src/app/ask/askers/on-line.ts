import type { Agent } from "../../../domain/agent/agent.ts";
import { AppError } from "../../../domain/errors.ts";
import type { NameTable } from "../../../domain/names/name.ts";
import { parseName, refuseMovesAgo } from "../../../domain/names/name.ts";
import type { SessionKey } from "../../../domain/session/session.ts";
import {
  isOpen,
  type LineBeginning,
  type LineOrder,
  type LinePlace,
  refuseOtherAgent,
  type TurnLine,
  usedOtherwise,
} from "../../../domain/turn/line.ts";
import { checkBudget, refuseMoreToAgents, withBudget } from "../../budget/check.ts";
import type { Context } from "../../context.ts";
import { ownKeysOf } from "../../conversation/lineage.ts";
import { rememberUse } from "../../last-use.ts";
import { NameMoved } from "../../names/resolve.ts";
import { resolveOrRebind } from "../../names/resolve-or-rebind.ts";
import { findTwin, nameExists } from "../../names/taken.ts";
import { onlyHere, requireTravel } from "../../only-here.ts";
import type { SharedLine } from "../../shared-line.ts";
import { bringTree } from "../../tree/bring.ts";
import { busyOnLine } from "../../turn/acquire.ts";
import { checkBeginning, checkTurn, type TurnOptions } from "../../turn/plan.ts";
import { settingsFor, settingsIn } from "../../turn/remembered.ts";
import { newTicket, type TurnTicket } from "../../turn/ticket.ts";
import { refuseOther } from "../last-used.ts";
import { noteOf, type RequestId } from "../request-id.ts";
import type { SendRequest } from "../send-request.ts";
import { requestFor } from "../send-when-free.ts";
import type { Asker, Beginner } from "./asker.ts";
import type { Created, CreateRequest } from "./create-request.ts";
import type { Detached } from "./detached.ts";

/** Returns an asker that puts turns into the line where machines share one, and else asks as `asker` does. */
export function orOnLine<T>(
  asker: Asker<T>,
  follow: NonNullable<Beginner<T>["follow"]>,
  { isDetached }: { isDetached?: true } = {},
): Asker<T> {
  const send = async (
    context: Context,
    line: SharedLine,
    request: SendRequest,
    signal: AbortSignal | undefined,
  ) => {
    const { stallMs } = request;
    const { isEarlier, ...sent } = await acceptSend(context, line, request, isDetached);
    return follow(context, sent, { signal, stallMs, isEarlier });
  };
  return {
    ...asker,
    follow,
    isDetached,
    send: (context, request, signal) =>
      context.line === undefined
        ? asker.send(context, request, signal)
        : send(context, context.line, request, signal),
    sendUnlessLost: async (context, request, resolved, signal) => {
      if (context.line === undefined) return asker.sendUnlessLost(context, request, resolved, signal);
      const sent = await send(context, context.line, request, signal);
      return isLost(sent) ? undefined : sent;
    },
  };
}

function isLost(sent: unknown): boolean {
  if (typeof sent !== "object" || sent === null || !("failure" in sent)) return false;
  const { failure } = sent;
  return (
    typeof failure === "object" &&
    failure !== null &&
    "code" in failure &&
    failure.code === "conversation_lost"
  );
}

async function acceptSend(
  context: Context,
  line: SharedLine,
  request: SendRequest,
  isDetached: true | undefined,
): Promise<Detached & { isEarlier: boolean }> {
  const { scope, entry } = await resolveOrRebind(context, request);
  await refuseOther(context, { scope, entry }, request.usedId);
  const agent = context.findAgent(scope.agent);
  const asked = await requestFor(context, request, scope, entry);
  const { name, sessionId } = entry;
  const record = await context.store.session({ agent: agent.name, sessionId }).record();
  await checkForLine(context, agent, { ...asked, roleText: record?.roleText });
  const meant = { agent, sessionId, names: [entry], workspace: scope.workspace };
  await checkBudget(context, meant, { ...asked, overBudget: request.overBudget });
  const opened = await line.open();
  const told = { name, agent: agent.name, workspace: scope.workspace, sessionId };
  const earlier = await madeBefore(context, opened, { agent: agent.name, sessionId }, request);
  if (earlier !== undefined) return { turnId: earlier, ...told, isEarlier: true };
  const ticket = newTicket(context, request.deadlineAt);
  const about = { label: name, workspace: scope.workspace };
  const accepted = await opened
    .accept({
      ...orderOf(context, line, ticket, { ...asked, scope, name }),
      sessionId,
      isRetry: asked.isRetry || undefined,
      overBudget: request.overBudget,
      usedId: request.usedId,
      ...(await bringTree(context, request.tree, scope.workspace)),
      partials: request.partials,
      ifBusy: request.ifBusy,
      withOpenWindow: request.withOpenWindow,
      requestId: request.request?.id,
      onUnknown: request.request?.onUnknown,
      isDetached,
    })
    .catch(async (error: unknown) => {
      throw await sayingWhoIsFirst(context, opened, about, error);
    });
  rememberUse(context, scope, entry);
  return { turnId: accepted.turnId, ...told, isEarlier: !accepted.isNew };
}

/** The refusal of a line says only which turn is first: this says since when it is, and what can be done. */
async function sayingWhoIsFirst(
  context: Context,
  line: TurnLine,
  about: { label: string; workspace: string },
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof AppError) || error.code !== "busy") return error;
  const first = await line.find(String(error.facts.turn_id));
  return first === undefined ? error : busyOnLine(context, about, first);
}

/** Returns the turn of a request that was made before the conversation had its present id. */
async function madeBefore(
  context: Context,
  line: TurnLine,
  key: SessionKey,
  { request, prompt }: Pick<SendRequest, "request" | "prompt">,
): Promise<string | undefined> {
  if (request === undefined) return undefined;
  const [, ...earlier] = await ownKeysOf(context, key);
  for (const one of earlier) {
    const earlierTurn = await answeredBy(line, one, request);
    if (earlierTurn === undefined) continue;
    refuseOtherPrompt(earlierTurn, prompt, request.id);
    return earlierTurn.turnId;
  }
  return undefined;
}

/** Returns the turn that answers a request made before in a place of the line; undefined where it must be asked again. */
async function answeredBy(
  line: TurnLine,
  place: LinePlace,
  request: RequestId,
): Promise<{ turnId: string; promptSha: string; agent: string } | undefined> {
  const made = await line.made(place, request.id);
  const turn = made && (await line.find(made.turnId));
  if (made === undefined || turn === undefined || isOpen(turn, request)) return undefined;
  return { ...made, agent: turn.order.scope.agent };
}

/** @throws AppError `usage` */
function refuseOtherPrompt({ promptSha }: { promptSha: string }, prompt: string, requestId: string): void {
  if (promptSha !== noteOf(prompt)) throw usedOtherwise(requestId);
}

/** Creates a conversation by a turn in the line. */
export async function createOnLine<T>(
  context: Context,
  line: SharedLine,
  request: CreateRequest,
  runner: Beginner<T>,
  signal: AbortSignal | undefined,
): Promise<Created<T>> {
  const { follow, isDetached } = runner;
  if (follow === undefined || request.scope?.mappingFile !== undefined) throw onlyHere("A mapping file");
  const agent = context.chooseAgent(request.agent);
  const { workspace, ifExists = "fail", begins = { continuity: "new" } } = request;
  const scope = { workspace, agent: agent.name };
  const names = await context.store.list(scope, signal);
  const asked = parseName(request.name);
  const name = findTwin(names, asked)?.name ?? asked;
  const existing = names.entries.get(name);
  if (existing === undefined) refuseMovesAgo(name);
  if (existing !== undefined && ifExists === "keep") return { created: false, entry: existing };
  const opened = await line.open();
  const place = { workspace: line.idOf(workspace), name };
  const prompt =
    request.prompt ??
    `This opens a conversation named ${JSON.stringify(name)}. Reply with OK and nothing else.`;
  const told = (turnId: string) => ({ turnId, name, agent: agent.name, workspace });
  const following = { signal, stallMs: request.stallMs, isEarlier: false };
  if (request.request !== undefined) {
    const earlier = await answeredBy(opened, place, request.request);
    if (earlier !== undefined) {
      // Not accepted again, which might be a new turn by now, whose name nobody has reserved.
      const { id } = request.request;
      refuseOtherAgent({ requestId: id, scope }, earlier.agent);
      refuseOtherPrompt(earlier, prompt, id);
      return {
        created: true,
        turn: await follow(context, told(earlier.turnId), { ...following, isEarlier: true }),
      };
    }
  }
  const creating = names.reserved.get(name);
  const creator = creating === undefined ? undefined : await opened.find(creating);
  const isCreating = creator !== undefined && creator.state !== "ended";
  const ticket = newTicket(context, request.deadlineAt);
  const refuse = (now: NameTable) => {
    if (begins.continuity === "fresh" && now.entries.get(name)?.sessionId !== begins.freshFor)
      throw new NameMoved();
    const reserved = now.reserved.get(name);
    if (reserved !== undefined && (reserved !== creating || isCreating))
      throw new AppError("busy", `Another turn is creating ${JSON.stringify(name)} right now.`, {
        hint: `Wait for it, then: ${context.wording.step("send", { name, workspace })}`,
        facts: { turn_id: reserved },
      });
    if (begins.continuity !== "fresh" && ifExists !== "replace" && now.entries.has(name))
      throw nameExists(context, name, request);
  };
  refuse(names);
  refuseMoreToAgents(context, request.budget, existing?.budget);
  checkBeginning(agent, prompt);
  const settings = begins.continuity === "new" ? settingsFor(context, agent, request, {}) : {};
  const options = { ...request, ...settings, prompt };
  const own = withBudget(name, request.budget ?? existing?.budget);
  await checkBudget(context, { agent, sessionId: begins.freshFor, names: [own], workspace }, options);
  await checkForLine(context, agent, options);
  const accepted = await opened.accept(
    {
      ...orderOf(context, line, ticket, { ...options, scope, name }),
      begins: beginningOf(begins),
      budget: request.budget,
      overBudget: request.overBudget,
      ...(await bringTree(context, request.tree, workspace)),
      roleText: request.roleText,
      isRoleChanged: request.isRoleChanged,
      partials: request.partials,
      requestId: request.request?.id,
      onUnknown: request.request?.onUnknown,
      isDetached,
    },
    (now) => {
      refuse(now);
      return [{ op: "reserve", name, turnId: ticket.turnId }];
    },
  );
  rememberUse(context, scope, { name, turnId: accepted.turnId });
  return {
    created: true,
    turn: await follow(context, told(accepted.turnId), { ...following, isEarlier: !accepted.isNew }),
  };
}

function beginningOf({ continuity, forkOf, freshFor }: NonNullable<CreateRequest["begins"]>): LineBeginning {
  if (continuity === "forked") return { continuity, forkOf };
  return continuity === "fresh" ? { continuity, freshFor } : { continuity };
}

function orderOf(
  context: Context,
  line: SharedLine,
  { turnId, calledBy, deadlineAt }: TurnTicket,
  asked: TurnOptions & Pick<LineOrder, "prompt" | "name" | "scope">,
): LineOrder {
  const { prompt, name, scope } = asked;
  return {
    ...settingsIn(context, asked),
    turnId,
    scope: { agent: scope.agent, workspace: line.idOf(scope.workspace) },
    name,
    prompt,
    calledBy,
    acceptedAt: context.now().toISOString(),
    deadlineAt,
  };
}

/** Checks what can be checked where the agent need not be installed. */
async function checkForLine(
  context: Context,
  agent: Agent,
  asked: TurnOptions & { prompt: string; roleText?: string | undefined },
): Promise<void> {
  requireTravel(agent);
  await checkTurn(context, agent, { ...asked, launcher: [agent.executable] });
}
