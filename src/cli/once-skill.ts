import { attendCommand } from "./ask/attend-turn.ts";
import { keepCommand } from "./ask/keep-turns.ts";
import { onceCommand } from "./ask/once.ts";
import { sendCommand } from "./ask/send.ts";
import { main } from "./main.ts";
import { historyCommand } from "./names/history.ts";
import { listCommand } from "./names/list.ts";
import { showCommand } from "./names/show.ts";
import { attachCommand } from "./watch/attach.ts";
import { cancelCommand } from "./watch/cancel.ts";
import { statusCommand } from "./watch/status.ts";
import { waitCommand } from "./watch/wait.ts";

/** The skill's agent, filled in by the build. */
declare const __AGENT__: string;

/** The commands in the skills for one-off runs: to ask once, and to continue a conversation that was kept. */
main({
  name: "invoke_once.mjs",
  description: "Asks a coding agent one question, and can continue the conversation later.",
  introduction: `Examples:
  node invoke_once.mjs once --json "Which of these files is unused?"
  node invoke_once.mjs once --keep audit "Audit src/."
  node invoke_once.mjs send audit "And the tests?"
`,
  defaultAgent: __AGENT__,
  runsWaiting: false,
  commands: [
    onceCommand,
    sendCommand,
    waitCommand,
    attachCommand,
    statusCommand,
    cancelCommand,
    listCommand,
    showCommand,
    historyCommand,
    attendCommand,
    keepCommand,
  ],
});
