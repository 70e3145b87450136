import { dirname, join } from "node:path";
import type { AgentEnvironment } from "../../domain/agent/places.ts";
import type { ReadAtStart, WarmForm, WarmSign } from "../../domain/agent/warm.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { anything, flag, list, literal, maybe, object, text } from "../../domain/shape.ts";
import { configFolder } from "./places.ts";

const LIFECYCLE = '{"type":"command_lifecycle",';
const LIFECYCLE_OF = `${LIFECYCLE}"command_uuid":"`;
const STATE = '{"type":"system","subtype":"session_state_changed",';
const ANSWER = '{"type":"control_response",';
const TASKS = '{"type":"system","subtype":"background_tasks_changed",';
const INIT = '{"type":"system","subtype":"init",';
const ASSISTANT = '{"type":"assistant",';
const USER = '{"type":"user",';

/** What a version needs to say of itself: 2.1.329 has both, 2.1.197 says nothing. */
const NEEDED = ["msg_lifecycle_v1", "interrupt_cancel_queued_v1"];
/** Tools after which claude 2.1.329 begins a turn by itself. */
const SCHEDULES = /"name":"(?:ScheduleWakeup|CronCreate|Monitor)"/;

const asInit = object({ capabilities: maybe(list(anything)), mcp_servers: maybe(list(anything)) });
const asState = object({ state: text });
const asTasks = object({ tasks: list(anything) });
const asLifecycle = object({ command_uuid: text, state: text });
const asAnswer = object({ response: object({ request_id: text, subtype: text }) });
const asUse = object({ message: object({ content: list(anything) }) });
const asToolUse = object({ type: literal("tool_use"), id: text, name: text });
const asToolResult = object({ type: literal("tool_result"), tool_use_id: text, is_error: flag });

/** How claude is kept warm, as of 2.1.329. */
export const warm: WarmForm = {
  environment: { CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: "1" },
  asides: [STATE, ANSWER],
  read,
  isOfOther: (line, promptId) =>
    startsWith(line, LIFECYCLE_OF) && !startsWith(line, `${LIFECYCLE_OF}${promptId}"`),
  setVariables: (request, env) => requestLine(request, { subtype: "apply_flag_settings", settings: { env } }),
  // Without `later`, a prompt that comes while a tool runs becomes a part of the turn before it.
  prompt: (uuid, prompt) =>
    lineOf({ type: "user", uuid, priority: "later", message: { role: "user", content: prompt } }),
  interrupt: (request) => requestLine(request, { subtype: "interrupt", cancel_queued: true }),
  readAtStart,
  includedIn,
};

function read(line: Buffer): WarmSign[] {
  if (startsWith(line, STATE)) {
    const state = asState(parseJson(line))?.state;
    return state === "idle" || state === "running" ? [{ is: state === "idle" ? "idle" : "busy" }] : [];
  }
  if (startsWith(line, LIFECYCLE)) {
    const found = asLifecycle(parseJson(line));
    const isOver = found?.state === "completed" || found?.state === "cancelled";
    return found !== undefined && isOver ? [{ is: "over", promptId: found.command_uuid }] : [];
  }
  if (startsWith(line, ANSWER)) {
    const response = asAnswer(parseJson(line))?.response;
    if (response === undefined) return [];
    return [{ is: "answer", request: response.request_id, isDone: response.subtype === "success" }];
  }
  if (startsWith(line, TASKS)) {
    const tasks = asTasks(parseJson(line))?.tasks;
    return tasks === undefined ? [] : [{ is: "tasks", count: tasks.length }];
  }
  if (startsWith(line, INIT)) {
    const { capabilities = [], mcp_servers: servers = [] } = asInit(parseJson(line)) ?? {};
    const canStayWarm = NEEDED.every((one) => capabilities.includes(one));
    return [{ is: "able", canStayWarm, hasServers: servers.length > 0 }];
  }
  if (startsWith(line, ASSISTANT) && SCHEDULES.test(line.toString("latin1"))) {
    const content = asUse(parseJson(line))?.message.content ?? [];
    const uses = content.flatMap((block) => asToolUse(block) ?? []);
    return uses.flatMap(({ id, name }) =>
      SCHEDULES.test(`"name":"${name}"`) ? [{ is: "scheduled" as const, tool: id }] : [],
    );
  }
  if (startsWith(line, USER) && line.includes('"is_error":true')) {
    const content = asUse(parseJson(line))?.message.content ?? [];
    return content.flatMap((block) => {
      const result = asToolResult(block);
      return result?.is_error ? [{ is: "failed" as const, tool: result.tool_use_id }] : [];
    });
  }
  return [];
}

function startsWith(line: Buffer, beginning: string): boolean {
  return line.toString("latin1", 0, beginning.length) === beginning;
}

function requestLine(request: string, asked: object): string {
  return lineOf({ type: "control_request", request_id: request, request: asked });
}

function lineOf(message: object): string {
  return `${JSON.stringify(message)}\n`;
}

/** Files of claude's memory and settings, in the working folder and in each folder above it. */
const IN_EACH_FOLDER = [
  "CLAUDE.md",
  "CLAUDE.local.md",
  ".mcp.json",
  ".claude/CLAUDE.md",
  ".claude/settings.json",
  ".claude/settings.local.json",
];
const FOLDERS = ["rules", "agents", "skills", "commands", "output-styles"];

function readAtStart(folder: string, environment: AgentEnvironment): ReadAtStart {
  const above = [folder];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) above.push(dirname(at));
  const own = configFolder(environment);
  const files = above.flatMap((one) => IN_EACH_FOLDER.map((name) => join(one, name)));
  const ownFiles = ["CLAUDE.md", "settings.json", "settings.local.json"].map((name) => join(own, name));
  const places = [...above.map((one) => join(one, ".claude")), own];
  return {
    // claude 2.1.329 on Linux: what an administrator has set.
    files: [...files, ...ownFiles, "/etc/claude-code/managed-settings.json"],
    folders: places.flatMap((place) => FOLDERS.map((name) => join(place, name))),
  };
}

/** claude 2.1.329 includes a file by `@path` in its memory files, relative to the file, or to the home folder with `~`. */
function includedIn(content: string, path: string, { HOME = "/" }: AgentEnvironment): string[] {
  const found = content.matchAll(/(?:^|[\s(])@((?:\\ |[^\s)])+)/g);
  return [...found].map(([, written = ""]) => {
    const included = written.replaceAll("\\ ", " ").replace(/[.,;:]$/, "");
    if (included.startsWith("~/")) return join(HOME, included.slice(2));
    return included.startsWith("/") ? included : join(dirname(path), included);
  });
}
