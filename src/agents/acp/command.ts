import type { Access } from "../../domain/agent/access.ts";
import type { Command, TurnRequest } from "../../domain/agent/agent.ts";
import { partsOfId } from "./identity.ts";
import type { AcpSettings } from "./settings.ts";

/** What is known of an agent that speaks ACP. */
export interface AcpAgent {
  /** What starts its ACP server, after the words that start the agent. */
  serverArgs: readonly string[];
  /** Its own modes for what it may do; none if they are not known. */
  modes?: Readonly<Record<Access | "own", string>>;
  /** Whether another agent could have conversations with the same ids. */
  sharesIds: boolean;
}

/** Returns the command of a turn by an agent that speaks ACP: a program of ours runs the turn, and the agent behind it. */
export function acpCommand(request: TurnRequest, { serverArgs, modes, sharesIds }: AcpAgent): Command {
  const [file = "", ...args] = request.launcher;
  const { session, access, model, partials } = request;
  const settings: AcpSettings = {
    session: sessionIn(session, sharesIds),
    keeps: request.isEphemeral !== true,
    namesAgent: sharesIds,
    access,
    mode: modes?.[access ?? "own"],
    model,
    partials,
  };
  return {
    file,
    args: [...args, ...serverArgs, ...request.extraArgs],
    through: { program: "acp-run.cjs", args: [JSON.stringify(settings)] },
  };
}

function sessionIn(session: TurnRequest["session"], sharesIds: boolean): AcpSettings["session"] {
  switch (session.kind) {
    case "new":
      return { kind: "new" };
    case "fork":
      return { kind: "fork", id: session.parentId };
    case "resume":
      return { kind: "resume", ...(sharesIds ? partsOfId(session.sessionId) : { id: session.sessionId }) };
  }
}
