import { join } from "node:path";
import type { TravelForm } from "../../domain/agent/travel.ts";
import { proofByRpc } from "../rpc-proof.ts";
import { sessionsFolder } from "./places.ts";

/** How conversations of copilot 1.0.102 travel: of their folder it needs the events alone. */
export const travel: TravelForm = {
  place: (sessionId, _, environment) => join(sessionsFolder(environment), sessionId, "events.jsonl"),
  // As an agent over ACP, copilot says the whole conversation again when it loads one.
  proof: (sessionId, cwd) =>
    proofByRpc(["--acp"], ["initialize", { protocolVersion: 1, clientCapabilities: {} }], {
      ask: ["session/load", { sessionId, cwd, mcpServers: [] }],
    }),
};
