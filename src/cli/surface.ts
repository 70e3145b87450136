import { DEFAULT_AGENT } from "../agents/index.ts";
import { ATTEND } from "../app/detach.ts";
import { addAdopt } from "./commands/adopt.ts";
import { addAgents } from "./commands/agents.ts";
import { addAttach } from "./commands/attach.ts";
import { addAttendTurn } from "./commands/attend-turn.ts";
import { addCancel } from "./commands/cancel.ts";
import { addCheckpoint } from "./commands/checkpoint.ts";
import { addContinue } from "./commands/continue.ts";
import { addCost } from "./commands/cost.ts";
import { addCreate } from "./commands/create.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addFork } from "./commands/fork.ts";
import { addGc } from "./commands/gc.ts";
import { addHistory } from "./commands/history.ts";
import { addList } from "./commands/list.ts";
import { addOnce } from "./commands/once.ts";
import { addOpen } from "./commands/open.ts";
import { addRemove } from "./commands/remove.ts";
import { addRename } from "./commands/rename.ts";
import { addRestore } from "./commands/restore.ts";
import { addRole } from "./commands/role.ts";
import { addSend } from "./commands/send.ts";
import { addShow } from "./commands/show.ts";
import { addSkills } from "./commands/skills.ts";
import { addStatus } from "./commands/status.ts";
import { addWait } from "./commands/wait.ts";
import type { Surface } from "./program.ts";

const INTRODUCTION = `Examples:
  agent-sessions create review-src --agent claude "Read src/ and remember what it does."
  agent-sessions send review-src "Which file would you refactor first?"
  agent-sessions list
`;

/** By their names, in the order of the help. */
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
