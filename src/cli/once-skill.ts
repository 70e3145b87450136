import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../domain/errors.ts";
import { quoteWords } from "../domain/words.ts";
import { attendCommand } from "./ask/attend-turn.ts";
import { keepCommand } from "./ask/keep-turns.ts";
import { onceCommand } from "./ask/once.ts";
import { sendCommand } from "./ask/send.ts";
import { endWith, main } from "./main.ts";
import { historyCommand } from "./names/history.ts";
import { listCommand } from "./names/list.ts";
import { showCommand } from "./names/show.ts";
import { attachCommand } from "./watch/attach.ts";
import { cancelCommand } from "./watch/cancel.ts";
import { statusCommand } from "./watch/status.ts";
import { waitCommand } from "./watch/wait.ts";

/** The commands in the skills for one-off runs: to ask once, and to continue a conversation that was kept. */
main({
  name: "invoke_once.mjs",
  description: "Asks a coding agent one question, and can continue the conversation later.",
  introduction: `Examples:
  node invoke_once.mjs once --json "Which of these files is unused?"
  node invoke_once.mjs once --keep audit "Audit src/."
  node invoke_once.mjs send audit "And the tests?"
`,
  defaultAgent: agentOfSkill(),
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

/** Reads whose skill this is from a file beside the program, which is the same in each skill. */
function agentOfSkill(): string {
  const path = join(dirname(realpathSync(process.argv[1] ?? "")), "agent");
  let cause: unknown;
  try {
    const agent = readFileSync(path, "utf8").trim();
    if (agent !== "") return agent;
  } catch (error) {
    cause = error;
  }
  const error = new AppError("usage", `The file ${path} does not say which agent this skill asks.`, {
    hint: `Copy the whole folder of the skill, or write the agent's name into that file, such as: echo codex > ${quoteWords([path])}`,
    cause,
  });
  return endWith(error);
}
