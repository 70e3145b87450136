import type { Access } from "../../domain/agent/access.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { withVariables } from "../../domain/agent/variables.ts";
import { AppError } from "../../domain/errors.ts";
import type { Unlearned } from "../../domain/turn/settings.ts";
import type { AgentExit, Continuity } from "../../domain/turn/turn.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { quoteWords } from "../../domain/words.ts";
import { type OpenedWindow, OpenedWindows } from "../../stores/file/windows.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import { runInTerminal } from "../../system/processes/in-terminal.ts";
import { entryStillOf } from "../ask/continue.ts";
import type { Context } from "../context.ts";
import { takeStock } from "../conversation/baseline.ts";
import { readConversation } from "../conversation/conversation.ts";
import { keepCopyLater } from "../conversation/copies.ts";
import { readyAncestors, readyTranscript } from "../conversation/transcript.ts";
import { windowMark } from "../conversation/windows.ts";
import { lostHint } from "../hints.ts";
import { rememberUse } from "../last-use.ts";
import { NameMoved, type ResolvedName, resolveName } from "../names/resolve.ts";
import { refuseOnLine } from "../only-here.ts";
import { takeSession } from "../turn/acquire.ts";
import { awaitForeignWriter } from "../turn/foreign-writer.ts";
import { findLauncher } from "../turn/launcher.ts";
import { planRole, refuseAccess, refuseEffort, unsupported } from "../turn/plan.ts";
import { settingsFor } from "../turn/remembered.ts";
import { newTicket } from "../turn/ticket.ts";
import { type SaidElsewhere, watchLocks } from "./locks.ts";
import { watchWindow } from "./watch.ts";

export interface OpenRequest {
  name: string;
  workspace: string;
  /** Needed only where two agents own the name. */
  agent?: string | undefined;
  /** Settings for this window. Default: those of the last turn. */
  model?: string | undefined;
  effort?: string | undefined;
  access?: Access | undefined;
  agentCommand?: string | undefined;
  agentArgs?: readonly string[] | undefined;
  unlearned?: Unlearned | undefined;
  /** Default: `wait`. */
  ifBusy?: "wait" | "fail" | undefined;
  /** Open even if the transcript has become shorter. */
  trustTranscript?: boolean | undefined;
}

/** A window that was closed. */
export interface ClosedWindow {
  name: string;
  agent: string;
  workspace: string;
  sessionId: string;
  continuity: Continuity;
  openedAt: string;
  closedAt: string;
  /** The conversation that the window had open at the end, if that was another one. */
  wentOnIn?: string;
  /** What was said in other conversations that the window had open; absent where none is known. */
  saidElsewhere?: SaidElsewhere;
}

/**
 * Opens the conversation of a name in the agent's own window, in the terminal of this process, and resolves
 * once the window is closed. Meanwhile no turn is sent to the conversation. If this process is killed, any
 * process may take its lock; a window that still lives then counts as a foreign writer.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`, `busy`, `own_conversation`, `conversation_lost`,
 * `conversation_changed`, `folder_missing`, `agent_missing`, `unsupported`; `agent_failed` where the agent
 * ended with an error; `terminated` on SIGTERM.
 */
export async function openWindow(context: Context, request: OpenRequest): Promise<ClosedWindow> {
  const { workspace, name } = request;
  refuseOnLine(context, "A window of the agent");
  for (;;) {
    const resolved = await resolveName(context, workspace, name, request.agent);
    try {
      return await openWhenFree(context, request, resolved);
    } catch (error) {
      if (!(error instanceof NameMoved)) throw error;
    }
  }
}

async function openWhenFree(
  context: Context,
  request: OpenRequest,
  { scope, entry }: ResolvedName,
): Promise<ClosedWindow> {
  const { workspace, ifBusy = "wait", trustTranscript = false } = request;
  const { sessionId } = entry;
  const agent = context.findAgent(scope.agent);
  const session = context.store.session({ agent: agent.name, sessionId });
  const { openCommand } = agent;
  if (openCommand === undefined) throw unsupported(context, agent, "has no window of its own");
  requireFolder(workspace);
  const { access: remembered } = (await session.record()) ?? {};
  const settings = settingsFor(context, agent, request, { entry, access: remembered });
  const { access } = settings;
  refuseAccess(context, agent, access);
  refuseEffort(context, agent, settings.effort);
  const launcher = findLauncher(context, agent, settings.agentCommand);
  const ticket = newTicket(context, undefined);
  const label = entry.name;
  const held = await takeSession(context, { key: session.key, label, workspace, ticket, ifBusy });
  try {
    await awaitForeignWriter(context, agent, { sessionId, label, ifBusy, withOpenWindow: false });
    const { name } = await entryStillOf(context, scope, label, sessionId);
    const hint = lostHint(context, scope, name);
    const conversation = await readConversation(context, session.key);
    const { record, last } = conversation;
    await readyAncestors(conversation, { name, hint });
    const ready = readyTranscript(conversation, { name, trustTranscript, hint });
    const { turnId: id } = ticket;
    const { roleText, isRoleFrozen } = planRole(agent, record ?? {}, last?.agentVersion);
    const windows = new OpenedWindows(context.home);
    const {
      file,
      args,
      env: added,
      files,
    } = openCommand(sessionId, {
      launcher,
      folder: windows.folder(id),
      cwd: workspace,
      model: settings.model,
      effort: settings.effort,
      role: roleText === undefined ? undefined : { text: roleText, path: windows.rolePath(id) },
      isRoleFrozen,
      access,
      extraArgs: settings.agentArgs ?? [],
    });
    const env = { ...withVariables(context.env, agent, added), ...windowVariables(context, id) };
    const openedAt = context.now().toISOString();
    const window: OpenedWindow = {
      v: 1,
      id,
      scope,
      name,
      sessionId,
      process: context.self(),
      since: openedAt,
    };
    windows.add(window, roleText, files);
    rememberUse(context, scope, { name, sessionId });
    const watch = watchWindow(context, agent, windows, window);
    const locks = watchLocks(context, agent, window);
    try {
      const exit = await runInTerminal({ file, args }, { cwd: workspace, env });
      if (exit.isTerminated)
        throw new AppError("terminated", "The window was closed: this command got SIGTERM.");
      refuseFailure(agent, exit, args);
    } finally {
      watch.stop();
      locks.stop();
      // What was said in the window is part of the new baseline.
      await takeStock(context, session.key, { workspace, createdAt: openedAt });
      await keepCopyLater(conversation, last?.turnId ?? id, {
        launcher: () => [...launcher],
        cwd: workspace,
      });
      windows.remove(id);
    }
    const { wentOnIn } = watch.window;
    const saidElsewhere = await locks.saidElsewhere();
    return {
      name,
      agent: agent.name,
      workspace,
      sessionId,
      continuity: ready.continuity,
      openedAt,
      closedAt: context.now().toISOString(),
      ...withoutUndefined({ wentOnIn, saidElsewhere }),
    };
  } finally {
    await held.release();
  }
}

/**
 * Marks all processes of the window: a command in it can detect that it would wait for the end of this very
 * window.
 */
function windowVariables(context: Context, id: string): Record<string, string | undefined> {
  const [mark, value] = windowMark(id);
  const above = context.env.AGENT_SESSIONS_CHAIN;
  return {
    [mark]: value,
    AGENT_SESSIONS_CHAIN: above === undefined || above === "" ? id : `${above},${id}`,
    AGENT_SESSIONS_TURN: undefined,
  };
}

/**
 * The codes with which a shell reports a clean exit, or a command that was ended by SIGHUP, SIGINT or
 * SIGTERM.
 */
const CLOSED_CODES = [0, 129, 130, 143];
const CLOSED_SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"];

function refuseFailure(agent: Agent, { code, signal }: AgentExit, args: readonly string[]): void {
  const isClosed = code === undefined ? CLOSED_SIGNALS.includes(signal ?? "") : CLOSED_CODES.includes(code);
  if (isClosed) return;
  const how = code === undefined ? `was ended by ${signal}` : `ended with exit code ${code}`;
  throw new AppError("agent_failed", `${agent.title} ${how}.`, {
    hint: `What it was started with: ${quoteWords([agent.executable, ...args])}`,
    facts: { exit_code_of_agent: code ?? null, signal: signal ?? null },
  });
}
