import type { agents } from "../../agents/index.ts";
import { ATTEND } from "../../app/ask/background.ts";
import { addAttendTurn } from "../ask/attend-turn.ts";
import { addOnce } from "../ask/once.ts";
import { addSend } from "../ask/send.ts";
import { addHistory } from "../names/history.ts";
import { addList } from "../names/list.ts";
import { addShow } from "../names/show.ts";
import type { AddCommand, Surface } from "../program.ts";
import { addAttach } from "../watch/attach.ts";
import { addCancel } from "../watch/cancel.ts";
import { addStatus } from "../watch/status.ts";
import { addWait } from "../watch/wait.ts";

const COMMANDS = new Map<string, AddCommand>([
  ["once", addOnce],
  ["send", addSend],
  ["wait", addWait],
  ["attach", addAttach],
  ["status", addStatus],
  ["cancel", addCancel],
  ["list", addList],
  ["show", addShow],
  ["history", addHistory],
  [ATTEND, addAttendTurn],
]);

/** The commands in the skills for one-off runs: to ask once, and to continue a conversation that was kept. */
export function onceSurface(defaultAgent: keyof typeof agents): Surface {
  return {
    name: "invoke_once.mjs",
    description: "Asks a coding agent once, and goes on with the conversation where that is wanted.",
    introduction: `Examples:
  node invoke_once.mjs once --json "Which of these files is unused?"
  node invoke_once.mjs once --keep audit "Audit src/."
  node invoke_once.mjs send audit "And the tests?"
`,
    defaultAgent,
    commands: COMMANDS,
  };
}
