import { join } from "node:path";
import type { TravelForm } from "../../domain/agent/travel.ts";
import { version } from "../../domain/version.ts";
import { proofByRpc } from "../rpc-proof.ts";
import { sessionsFolder } from "./places.ts";

/** How conversations of codex 0.171.0 travel: it finds one by the id in the name of its file, below whatever date. */
export const travel: TravelForm = {
  place: (sessionId, { createdAt }, environment) => {
    const at = createdAt.toISOString();
    const [year = "", month = "", day = ""] = at.slice(0, 10).split("-");
    const name = `rollout-${at.slice(0, 19).replaceAll(":", "-")}-${sessionId}.jsonl`;
    return join(sessionsFolder(environment), year, month, day, name);
  },
  // Reads the conversation and those that it has come from, and loads nothing.
  proof: (threadId) =>
    proofByRpc(["app-server"], ["initialize", { clientInfo: { name: "agent-sessions", version } }], {
      told: [["initialized"]],
      ask: ["thread/read", { threadId, includeTurns: true }],
    }),
};
