import type { Agent } from "../../domain/agent/agent.ts";
import type { TravelForm } from "../../domain/agent/travel.ts";
import { AppError } from "../../domain/errors.ts";
import { listWords } from "../../domain/words.ts";
import type { Context } from "../context.ts";

/** Returns how the conversations of an agent travel. @throws AppError `unsupported` where they can't */
export function requireTravel({ agents }: Context, agent: Agent): TravelForm {
  if (agent.travel !== undefined) return agent.travel;
  const { staysBecause = "does not show where it keeps its conversations" } = agent;
  const able = agents.filter(({ travel }) => travel !== undefined).map(({ title }) => title);
  throw new AppError(
    "unsupported",
    `Conversations of ${agent.title} can't be taken to another machine: ${agent.title} ${staysBecause}.`,
    { hint: `Those of ${listWords(able)} can.`, facts: { agent: agent.name } },
  );
}
