import { AppError } from "../../domain/errors.ts";
import { toml } from "../config/file.ts";
import type { Context } from "../context.ts";
import { refuseAgents } from "../only-people.ts";
import { signInVariables } from "../sign-in-variables.ts";
import type { Surroundings } from "../surroundings.ts";
import { CLIENTS, type Done, type Refused, type Registration } from "./registration.ts";
import type { ServerFlags } from "./server-words.ts";

/** In a file of its own: few starts need it. */
export const registering = () => import("./install.ts");

export interface ChangeRequest {
  client: string;
  around: Surroundings;
  /** Nothing is changed: what would be done is returned. */
  onlyShows: boolean;
}

/**
 * Gives an agent our MCP server.
 *
 * @throws AppError `usage` where something of that name is there that we have not written, and in a turn of an agent: an
 * agent must not decide what agents may do
 */
export async function installServer(
  context: Context,
  request: ChangeRequest & { flags: ServerFlags },
): Promise<Done> {
  if (!request.onlyShows) refuseAgents(context, "mcp install", "give an agent the server");
  const registration = await registrationFor(context.agents, request);
  const { install } = await registering();
  return doneOr(await install({ ...registration, flags: request.flags }));
}

/** Takes it back. @throws AppError `usage` for a server of that name that is not ours */
export async function uninstallServer(context: Context, request: ChangeRequest): Promise<Done> {
  const registration = await registrationFor(context.agents, request);
  const { uninstall } = await registering();
  return doneOr(await uninstall(registration));
}

/** Returns what is needed to look at, or to change, what an agent has. */
export async function registrationFor(
  agents: Context["agents"],
  { client, around, onlyShows }: ChangeRequest,
): Promise<Registration> {
  const agent = agents.find(({ name }) => name === client);
  const name = CLIENTS.find((one) => one === client);
  if (agent === undefined || name === undefined)
    throw new AppError("usage", `The server can't be given to ${JSON.stringify(client)} by this command.`, {
      hint: `It knows how with ${CLIENTS.join(", ")}. Others start it with the words: agent-sessions mcp`,
    });
  const { title, executable, installHint, configFolder } = agent;
  const variables = agents.flatMap(({ signIn }) => (signIn ? signInVariables(signIn(around.env)) : []));
  const { parseToml: parse } = await toml();
  return {
    agent: { name, title, executable, installHint, ...(configFolder ? { configFolder } : {}) },
    around,
    signInVariables: variables,
    parse,
    onlyShows,
  };
}

function doneOr(result: Done | Refused): Done {
  if (!("refused" in result)) return result;
  const { code, message, hint, facts } = result.refused;
  throw new AppError(code, message, { hint, ...(facts ? { facts } : {}) });
}
