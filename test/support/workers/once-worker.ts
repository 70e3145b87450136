import { StateHome } from "../../../src/stores/file/home.ts";
import { OnceLog } from "../../../src/stores/file/once-log.ts";
import { waitForGate } from "../abandoned.ts";

// Writes down a turn without a conversation, at the moment that the test gives to all.
const [home = "", gate = "", turnId = ""] = process.argv.slice(2);
process.stdout.write("ready\n");
waitForGate(gate);
const ended = {
  at: "2026-11-21T10:00:00.000Z",
  agent: "claude",
  workspace: "/w",
  outcome: "succeeded",
} as const;
await new OnceLog(new StateHome(home)).append({ turnId, ...ended });
