import { DEFAULT_AGENT } from "../agents/index.ts";
import { ATTEND } from "../app/ask/background.ts";
import { addAttendTurn } from "./ask/attend-turn.ts";
import { addContinue } from "./ask/continue.ts";
import { addCreate } from "./ask/create.ts";
import { addFork } from "./ask/fork.ts";
import { addOnce } from "./ask/once.ts";
import { addSend } from "./ask/send.ts";
import { addAgents } from "./care/agents.ts";
import { addCheckpoint } from "./care/checkpoint.ts";
import { addDoctor } from "./care/doctor.ts";
import { addGc } from "./care/gc.ts";
import { addSkills } from "./care/skills.ts";
import { addAdopt } from "./names/adopt.ts";
import { addCost } from "./names/cost.ts";
import { addHistory } from "./names/history.ts";
import { addList } from "./names/list.ts";
import { addRemove } from "./names/remove.ts";
import { addRename } from "./names/rename.ts";
import { addRestore } from "./names/restore.ts";
import { addRole } from "./names/role.ts";
import { addShow } from "./names/show.ts";
import type { Surface } from "./program.ts";
import { addAttach } from "./watch/attach.ts";
import { addCancel } from "./watch/cancel.ts";
import { addOpen } from "./watch/open.ts";
import { addStatus } from "./watch/status.ts";
import { addWait } from "./watch/wait.ts";

const INTRODUCTION = `Examples:
  agent-sessions create review-src --agent claude "Read src/ and remember what it does."
  agent-sessions send review-src "Which file would you refactor first?"
  agent-sessions list
`;

/** The commands by name, in the order of the help. */
const COMMANDS = new Map([
  ["create", addCreate],
  ["send", addSend],
  ["continue", addContinue],
  ["fork", addFork],
  ["once", addOnce],
  ["wait", addWait],
  ["attach", addAttach],
  ["status", addStatus],
  ["cancel", addCancel],
  ["open", addOpen],
  ["list", addList],
  ["adopt", addAdopt],
  ["show", addShow],
  ["history", addHistory],
  ["rename", addRename],
  ["remove", addRemove],
  ["role", addRole],
  ["cost", addCost],
  ["restore", addRestore],
  ["gc", addGc],
  ["agents", addAgents],
  ["doctor", addDoctor],
  ["checkpoint", addCheckpoint],
  ["skills", addSkills],
  [ATTEND, addAttendTurn],
]);

/** The command line of this package, with all of its commands. */
export const AGENT_SESSIONS: Surface = {
  name: "agent-sessions",
  description: "Names that keep for conversations with coding agents.",
  introduction: INTRODUCTION,
  defaultAgent: DEFAULT_AGENT,
  commands: COMMANDS,
};
