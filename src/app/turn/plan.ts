import type { Access } from "../../domain/agent/access.ts";
import type { Agent, Command, SessionChoice, TurnRequest } from "../../domain/agent/agent.ts";
import { withVariables } from "../../domain/agent/variables.ts";
import { AppError } from "../../domain/errors.ts";
import type { ProgramShown } from "../../domain/session/session.ts";
import type { TreeAsked } from "../../domain/tree/tree.ts";
import { promptIdOf } from "../../domain/turn/prompt-id.ts";
import type { TurnSettings } from "../../domain/turn/settings.ts";
import type { PlannedCreate, PlannedOnce, PlannedSend, TurnPlan } from "../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import { isSameProgram, programState } from "../../system/processes/executable.ts";
import type { Context } from "../context.ts";
import { findLauncher } from "./launcher.ts";
import { findOurProgram } from "./our-program.ts";
import { settingsIn } from "./remembered.ts";
import { checkSchema } from "./schema.ts";
import type { TurnTicket } from "./ticket.ts";

/** The options that callers may set for any turn. */
export interface TurnOptions extends TurnSettings {
  /** Whether the stream should carry text piece by piece. */
  partials?: boolean | undefined;
  /** Ends the turn, with all its processes, this long after it was requested. */
  deadlineMs?: number | undefined;
  /** When another process or timer ends the turn, ISO 8601; only recorded. `deadlineMs` sets it by itself. */
  deadlineAt?: string | undefined;
  /** Which files it works on. Default, and the only one without a store that machines share: `here`. */
  tree?: TreeAsked | undefined;
  /**
   * The launcher, if it was found already in the environment that the turn will have. Default: it is
   * searched.
   */
  launcher?: readonly string[] | undefined;
}

const HERE: TreeAsked = { kind: "here" };

/** What a turn is to do, before its command and its identity are known. */
export type PlannedTurn = (PlannedCreate | (PlannedSend & { rewindTo?: string | undefined }) | PlannedOnce) &
  Pick<TurnPlan, "scope" | "cwd" | "name" | "roleText" | "isRoleChanged" | "budget"> & {
    /** Whether the agent has to be told that the role was changed. */
    isRoleFrozen?: boolean | undefined;
  };

/**
 * Checks what can be checked before anything starts, and returns the launcher.
 *
 * @throws AppError `prompt_empty`, `prompt_too_long`, `usage`, `unsupported`, `agent_missing`
 */
export async function checkTurn(
  context: Context,
  agent: Agent,
  asked: TurnOptions & { prompt: string; roleText?: string | undefined },
  /** Whether another agent could do the same. */
  isAgentFree = false,
): Promise<readonly string[]> {
  const { prompt, roleText } = asked;
  if (prompt.trim() === "" && !agent.takesEmptyPrompt) {
    throw new AppError("prompt_empty", "The prompt is empty.", {
      hint: "Say what the agent is to do.",
    });
  }
  if (context.line === undefined && (asked.tree ?? HERE).kind !== "here")
    throw new AppError("usage", "A turn of this machine works on the folder as it stands: no store is set.", {
      hint: "Set AGENT_SESSIONS_STORE for turns that workers run, or check the commit out here.",
    });
  refuseUnsupported(context, agent, roleText, asked);
  const refusal = agent.refusePrompt?.(prompt);
  if (refusal !== undefined) throw new AppError("unsupported", refusal.message, { hint: refusal.hint });
  const bytes = Buffer.byteLength(prompt);
  if (bytes > agent.promptLimitBytes) {
    throw new AppError(
      "prompt_too_long",
      `The prompt is ${bytes} bytes long; the limit of ${agent.title} is ${agent.promptLimitBytes}.`,
      { hint: "Put the material into a file of the workspace and ask the agent to read it." },
    );
  }
  checkRoleLength(agent, roleText);
  for (const [option, value] of [
    ["model", asked.model],
    ["effort", asked.effort],
  ] as const) {
    if (value !== undefined && value.trim() === "") throw new AppError("usage", `The ${option} is empty.`);
  }
  refuseEffort(context, agent, asked.effort);
  await checkSchema(asked.schemaText);
  return asked.launcher ?? findLauncher(context, agent, asked.agentCommand, isAgentFree);
}

/** @throws AppError `usage` for a prompt that no conversation can begin with. */
export function checkBeginning(agent: Agent, prompt: string): void {
  if (!agent.startsOver(prompt)) return;
  throw new AppError("usage", `A conversation can't begin with ${prompt.trim()}.`, {
    hint: "Write what the agent should do first.",
  });
}

/** @throws AppError `usage` */
export function checkRoleLength(agent: Agent, roleText: string | undefined): void {
  const bytes = Buffer.byteLength(roleText ?? "");
  if (bytes <= agent.roleLimitBytes) return;
  throw new AppError(
    "usage",
    `The role is ${bytes} bytes long; the limit of ${agent.title} is ${agent.roleLimitBytes}.`,
  );
}

/** @throws AppError `unsupported` for an option that the agent does not support, or not for this user. */
function refuseUnsupported(
  context: Context,
  agent: Agent,
  roleText: string | undefined,
  { effort, access, schemaText }: TurnOptions,
): void {
  const { can } = agent;
  if (roleText !== undefined && agent.roleLimitBytes === 0)
    throw unsupported(context, agent, "does not support a role");
  if (effort !== undefined && can.efforts.length === 0)
    throw unsupported(context, agent, "does not support a reasoning effort");
  if (schemaText !== undefined && !can.schema)
    throw unsupported(context, agent, "does not support a schema for its answer");
  refuseAccess(context, agent, access);
}

/**
 * @throws AppError `usage` for an effort that the agent would ignore, or would pass to a model that ignores
 * it.
 */
export function refuseEffort(context: Context, agent: Agent, effort: string | undefined): void {
  const { efforts } = agent.can;
  if (effort === undefined || efforts.includes(effort)) return;
  if (efforts.length === 0) throw unsupported(context, agent, "does not support a reasoning effort");
  throw new AppError("usage", `${agent.title} does not support the effort ${JSON.stringify(effort)}.`, {
    hint: `Give one of: ${efforts.join(", ")}.`,
  });
}

/** @throws AppError `unsupported` where the agent does not support this access, or not for this user. */
export function refuseAccess(context: Context, agent: Agent, access: Access | undefined): void {
  if (access === undefined) return;
  if (!agent.can.access.includes(access))
    throw unsupported(context, agent, `does not support ${context.wording.choice({ access })}`);
  const refusal = agent.refuseAccess?.(access, context.uid, context.env);
  if (refusal !== undefined)
    throw new AppError("unsupported", refusal, {
      hint: `Give less: ${context.wording.choice({ access: "edit" })}`,
    });
}

export function unsupported({ wording }: Context, { title }: Agent, what: string): AppError {
  return new AppError("unsupported", `${title} ${what}.`, {
    hint: `See what each agent can do with: ${wording.step("agents")}`,
  });
}

/** What the command of a turn is made of, besides what is planned. */
interface CommandOptions extends TurnOptions {
  prompt: string;
  launcher: readonly string[];
  /** What a program has shown in the turn before. */
  shown?: ProgramShown | undefined;
  /** How long a keeper keeps the agent warm after the turn. Default: it does not. */
  keepWarmMs?: number | undefined;
  /** The turn is ended once it has used this many tokens. */
  endsAtTokens?: number | undefined;
}

/** Writes the turn's folder with the prompt and the exact command; returns once it is durable. */
export function beginTurn(
  context: Context,
  ticket: TurnTicket,
  planned: PlannedTurn,
  options: CommandOptions,
): OpenTurn {
  const { turn, stdin, files } = planTurn(context, ticket, planned, options);
  const isAccepted = ticket.acceptedAt !== undefined;
  context.turns.begin(turn.plan, options.prompt, { stdin, files, isAccepted });
  return turn;
}

/** Returns a turn with its command, and what its folder is to have; writes nothing. */
export function planTurn(
  context: Context,
  ticket: TurnTicket,
  { isRoleFrozen, ...turn }: PlannedTurn,
  options: CommandOptions,
): { turn: OpenTurn; stdin: string | undefined; files: Readonly<Record<string, string>> | undefined } {
  const agent = context.findAgent(turn.scope.agent);
  const { prompt, launcher, keepWarmMs, endsAtTokens } = options;
  // What has been used so far may be told only there.
  const isTold = endsAtTokens !== undefined && agent.tellsUsage === "with partials";
  const partials = isTold || (options.partials ?? false);
  const session = chooseSession(turn);
  const { turnId, calledBy, deadlineAt } = ticket;
  const { roleText } = turn;
  const { schemaText } = options;
  const folder = context.turns.find(turnId);
  const { rolePath, schemaPath } = folder;
  const request: TurnRequest = {
    launcher,
    folder: folder.path,
    session,
    model: options.model,
    effort: options.effort,
    role: roleText === undefined ? undefined : { text: roleText, path: rolePath },
    isRoleFrozen,
    access: options.access,
    schema: schemaText === undefined ? undefined : { text: schemaText, path: schemaPath },
    isEphemeral: turn.kind === "once",
    partials,
    extraArgs: options.agentArgs ?? [],
  };
  const program = agent.takesPromptId?.(request) ? programNow(launcher, options.shown) : undefined;
  const promptId = program?.takesPromptIds ? promptIdOf(turnId) : undefined;
  const plain = agent.command(request);
  const command =
    promptId === undefined ? plain : agent.command({ ...request, identified: { promptId, prompt } });
  const { env, files, stdin, temporaryFiles } = command;
  // Refused now, while nothing of the turn exists.
  withVariables(context.env, agent, env);
  const plan: TurnPlan = {
    ...settingsIn(context, options),
    v: 1,
    turnId,
    ...turn,
    command: wordsOf(context, agent, command),
    hasOwnStdin: stdin === undefined ? undefined : true,
    promptId,
    program,
    temporaryFiles,
    startedAt: ticket.acceptedAt ?? context.now().toISOString(),
    arrival: ticket.arrival,
    caller: context.self(),
    calledBy,
    deadlineAt,
    endsAtTokens,
    afterwards:
      turn.kind === "create" && (keepWarmMs !== undefined || context.warm !== undefined)
        ? { launcher: [...launcher], partials, keepWarmMs }
        : undefined,
  };
  return {
    turn: {
      folder,
      plan,
      withoutId: promptId === undefined ? undefined : { command: wordsOf(context, agent, plain) },
      bridge: context.warm && agent.bridge?.(request),
    },
    stdin,
    files,
  };
}

/** Returns the words that run a command: its own, or those of the program of ours that runs it. */
function wordsOf(
  context: Context,
  agent: Agent,
  { file, args, env, through }: Command,
): Pick<Command, "file" | "args" | "env"> {
  if (through === undefined) return { file, args, env };
  const [node, ...program] = findOurProgram(context, through.program) ?? [];
  if (node === undefined)
    throw new AppError(
      "unsupported",
      `${agent.title} can't be run here: ${through.program} is not beside this program.`,
      { hint: "Install agent-sessions as a package: a copy of single files has no such agent." },
    );
  return { file: node, args: [...program, ...through.args, file, ...args], env };
}

/** Returns the program of a turn, and what it has shown if it is still the same. */
function programNow(launcher: readonly string[], shown: ProgramShown | undefined): TurnPlan["program"] {
  const state = programState(launcher[0] ?? "");
  if (state === undefined) return undefined;
  const program = { launcher, ...state };
  const isSame =
    shown !== undefined &&
    JSON.stringify(shown.launcher) === JSON.stringify(launcher) &&
    isSameProgram(shown, program);
  return isSame ? { ...program, takesPromptIds: shown.takesPromptIds } : program;
}

function chooseSession(turn: PlannedTurn): SessionChoice {
  if (turn.kind === "send") return { kind: "resume", sessionId: turn.sessionId, rewindTo: turn.rewindTo };
  const { sessionId: chosenId, forkOf } = turn;
  return forkOf === undefined ? { kind: "new", chosenId } : { kind: "fork", parentId: forkOf, chosenId };
}

/** The role as a conversation's record keeps it. */
export interface KeptRole {
  roleText?: string | undefined;
  isRoleChanged?: boolean | undefined;
}

/**
 * Returns the role of a turn, and whether the agent has to be told that the role was changed since the
 * conversation began. The version of the agent is known only once it runs, so the version of the last turn is
 * assumed.
 */
export function planRole(
  agent: Agent,
  { roleText, isRoleChanged = false }: KeptRole,
  agentVersion: string | undefined,
): Pick<PlannedTurn, "roleText" | "isRoleChanged" | "isRoleFrozen"> {
  const role = roleText === undefined ? {} : { roleText };
  if (!isRoleChanged) return role;
  return { ...role, isRoleChanged, isRoleFrozen: agent.freezesRole?.(agentVersion) ?? false };
}
