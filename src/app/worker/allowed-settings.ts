import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { AppError } from "../../domain/errors.ts";
import type { Claim } from "../../domain/turn/line.ts";
import type { TurnSettings } from "../../domain/turn/settings.ts";

/** What a worker allows turns to do. */
export interface Allowing {
  name: string;
  /** The most that a turn may do here. */
  maxAccess?: Access | undefined;
  /** Whether a turn may say how its agent is started. */
  allowsAgentArgs: boolean;
}

/** Returns the settings of a turn, no more than the worker allows. @throws AppError `unsupported` */
export function allowedSettings(
  { name, maxAccess, allowsAgentArgs }: Allowing,
  order: Claim["order"],
  remembered: Access | undefined,
): TurnSettings {
  const { model, effort, access, schemaText, maxOutputBytes, stallMs, unlearned, inherited } = order;
  const { caps, stopAtBudget } = order;
  const wanted = access ?? remembered;
  if (maxAccess !== undefined && wanted !== undefined && rank(wanted) > rank(maxAccess))
    throw new AppError(
      "unsupported",
      `The worker ${name} allows at most ${maxAccess}; the turn asks for ${wanted}.`,
      {
        hint: `Ask for ${maxAccess}, or start a worker that allows more.`,
      },
    );
  const start = allowsAgentArgs
    ? { agentCommand: order.agentCommand, agentArgs: order.agentArgs }
    : { agentCommand: "", agentArgs: [] };
  const limit = wanted === undefined && maxAccess !== undefined ? maxAccess : access;
  const keeps =
    wanted === undefined && maxAccess !== undefined
      ? { unlearned: { ...unlearned, access: "keep" as const } }
      : { unlearned };
  return {
    model,
    effort,
    access: limit,
    schemaText,
    maxOutputBytes,
    stallMs,
    inherited,
    caps,
    stopAtBudget,
    ...start,
    ...keeps,
  };
}

function rank(access: Access): number {
  return ACCESSES.indexOf(access);
}
