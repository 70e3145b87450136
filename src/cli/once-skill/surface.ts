import type { agents } from "../../agents/index.ts";
import { ATTEND } from "../../app/detach.ts";
import { addAttach } from "../commands/attach.ts";
import { addAttendTurn } from "../commands/attend-turn.ts";
import { addCancel } from "../commands/cancel.ts";
import { addHistory } from "../commands/history.ts";
import { addList } from "../commands/list.ts";
import { addOnce } from "../commands/once.ts";
import { addSend } from "../commands/send.ts";
import { addShow } from "../commands/show.ts";
import { addStatus } from "../commands/status.ts";
import { addWait } from "../commands/wait.ts";
import type { AddCommand, Surface } from "../program.ts";

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

/** What the skills for one-off runs carry: asking once, and going on with what was kept. */
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
