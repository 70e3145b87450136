import { ACCESSES } from "../../domain/agent/access.ts";
import { type Agent, defineAgent } from "../../domain/agent/agent.ts";
import { acpCommand } from "./command.ts";
import { ACP_FAILURES } from "./failures.ts";
import { readEvents } from "./stream.ts";

/** Returns an agent of which only the command is known, and that it speaks ACP. */
export function acpAgent(name: string, title: string): Agent {
  return defineAgent({
    name,
    title,
    // A conversation remembers the command that it was begun with.
    executable: "",
    installHint: "Give the command that starts it with --agent-cmd.",
    can: { access: ACCESSES },
    asksForAccess: true,
    costs: "unknown",
    command: (request) => acpCommand(request, { serverArgs: [], sharesIds: true }),
    read: readEvents,
    failures: { rules: ACP_FAILURES },
    isSessionId: (text) => /^[A-Za-z0-9_][\w.:=+@-]{0,250}$/.test(text),
  });
}

/** Any agent that speaks ACP, by the command that starts its server. */
export const acp = acpAgent("acp", "The agent");
