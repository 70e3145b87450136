import { AppError } from "../domain/errors.ts";
import { type NameEntry, type NameTable, parseName } from "../domain/name.ts";
import { quoteWord } from "../domain/posix-words.ts";
import type { HeldLock } from "../domain/store.ts";
import type { TurnFolder, TurnPlan } from "../stores/turns.ts";
import { requireFolder } from "../system/workspace.ts";
import type { Context } from "./context.ts";
import { beginTurn, checkTurn, newTurnId, type TurnOptions } from "./plan-turn.ts";
import { giveUpName, publishName } from "./publish.ts";
import { runTurn, type TurnListener } from "./run-turn.ts";
import { settlePending } from "./settle.ts";
import type { TurnResult } from "./turn-result.ts";

export interface CreateRequest extends TurnOptions {
  name: string;
  agent: string;
  /** Absolute, with symbolic links resolved. */
  workspace: string;
  /** Without one, the smallest possible first turn is made. */
  prompt?: string | undefined;
  roleText?: string | undefined;
  ifExists: "fail" | "replace" | "keep";
}

export type Created = { created: true; turn: TurnResult } | { created: false; entry: NameEntry };

/**
 * Starts a conversation and gives it a name. The name exists from the moment the conversation has an id,
 * even if this process dies then.
 *
 * @throws AppError `name_exists`, `busy` when another process is creating the name, and what `checkTurn`
 * and `runTurn` throw. A turn that failed is a result, not an exception.
 */
export async function create(
  context: Context,
  request: CreateRequest,
  listener: TurnListener,
): Promise<Created> {
  const name = parseName(request.name);
  const agent = context.findAgent(request.agent);
  const { workspace, roleText } = request;
  const scope = { workspace, agent: agent.name };
  requireFolder(workspace);
  await settlePending(context, scope);
  const before = await context.store.list(scope);
  const existing = before.entries.get(name);
  if (existing !== undefined && request.ifExists === "keep") return { created: false, entry: existing };
  refuseTaken(before, name, request.ifExists);

  const prompt =
    request.prompt ??
    `This opens a conversation named ${JSON.stringify(name)}. Reply with OK and nothing else.`;
  if (agent.startsOver(prompt)) {
    throw new AppError("usage", `A conversation can't begin with ${prompt.trim()}.`, {
      hint: "Leave the prompt away, or write what the agent should do first.",
    });
  }
  const launcher = checkTurn(context, agent, prompt, roleText, request);
  const turnId = newTurnId(context);
  const { folder, plan } = beginTurn(
    context,
    agent,
    turnId,
    {
      kind: "create",
      name,
      workspace,
      continuity: "new",
      ...(agent.can.chooseId ? { sessionId: context.newUuid() } : {}),
      ...(existing === undefined ? {} : { replaces: existing }),
      ...(roleText === undefined ? {} : { roleText }),
    },
    prompt,
    launcher,
    request,
  );
  try {
    await context.store.update(scope, (names) => {
      refuseTaken(names, name, request.ifExists);
      return [{ op: "reserve", name, turnId }];
    });
  } catch (error) {
    context.turns.remove(folder);
    throw error;
  }
  return { created: true, turn: await runFirstTurn(context, folder, plan, listener) };
}

async function runFirstTurn(
  context: Context,
  folder: TurnFolder,
  plan: TurnPlan,
  listener: TurnListener,
): Promise<TurnResult> {
  const agent = context.findAgent(plan.agent);
  let held: HeldLock | undefined;
  try {
    const result = await runTurn(context, agent, folder, plan, {
      ...listener,
      onSessionId: async (sessionId) => {
        held = await context.store.session({ agent: agent.name, sessionId }).lock.tryTake(plan.turnId);
        await publishName(context, folder, plan, sessionId);
        await listener.onSessionId?.(sessionId);
      },
    });
    if (result.sessionId === undefined) await giveUpName(context, plan);
    context.turns.remove(folder);
    return result;
  } catch (error) {
    // Nothing has run as long as there is no process on record: then nothing needs to be settled either.
    if (folder.agentProcess() === undefined) {
      await giveUpName(context, plan);
      context.turns.remove(folder);
    }
    throw error;
  } finally {
    await held?.release();
  }
}

function refuseTaken(names: NameTable, name: string, ifExists: CreateRequest["ifExists"]): void {
  if (names.reserved.has(name)) {
    throw new AppError("busy", `Another process is creating ${JSON.stringify(name)} right now.`, {
      hint: `Wait for it, then: agent-sessions send ${quoteWord(name)} '…'`,
    });
  }
  if (ifExists === "fail" && names.entries.has(name)) {
    throw new AppError("name_exists", `The name ${JSON.stringify(name)} exists already in this workspace.`, {
      hint: `Continue it with: agent-sessions send ${quoteWord(name)} '…'   Start over with --replace, or take the one there is with --if-missing.`,
    });
  }
}
