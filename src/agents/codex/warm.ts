import { dirname, join } from "node:path";
import type { TurnRequest } from "../../domain/agent/agent.ts";
import type { AgentEnvironment } from "../../domain/agent/places.ts";
import type { Bridge, ReadAtStart, WarmForm, WarmSign } from "../../domain/agent/warm.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import type { ThreadSettings } from "./app-server/settings.ts";
import { asSaid, SAID, type Said } from "./app-server/talk.ts";
import { ANY_FOLDER, roleArgs, SANDBOXES } from "./arguments.ts";
import { configFolder } from "./places.ts";

/** How codex is kept warm, as of 0.171.0: as an app server, and a program of ours that speaks with it. */
export const warm: WarmForm = {
  environment: {},
  asides: [SAID],
  readsAnew: true,
  read,
  isOfOther: (line, promptId) => {
    const said = saidIn(line);
    return said?.type === "bridge.turn" && said.prompt !== promptId;
  },
  setVariables: (request, variables, prompt) => lineOf({ do: "resume", request, prompt, variables }),
  prompt: (prompt, text) => lineOf({ do: "prompt", prompt, text }),
  interrupt: (request) => lineOf({ do: "interrupt", request }),
  readAtStart,
  includedIn: () => [],
};

/** Returns what runs turns as `codex exec resume` would with these settings, as far as the settings are known. */
export function bridge({
  launcher,
  session,
  model,
  effort,
  role,
  access,
  ...request
}: TurnRequest): Bridge | undefined {
  const extra = serverArgs(request.extraArgs);
  if (session.kind !== "resume" || request.schema !== undefined || extra === undefined) return undefined;
  const settings: ThreadSettings = withoutUndefined({
    threadId: session.sessionId,
    model,
    effort,
    sandbox: access && SANDBOXES[access],
    needsRepository: !request.extraArgs.includes(ANY_FOLDER),
  });
  const server = [...launcher, "app-server", ...roleArgs(role), ...extra];
  return {
    program: "codex-bridge.cjs",
    // At once: others may have the thread as soon as a turn is over.
    args: [JSON.stringify(settings), ...server, "-c", "thread_unload_delay_secs=0"],
  };
}

/** Returns the extra arguments of `codex exec` as an app server takes them; undefined for one that it does not know. */
function serverArgs(args: readonly string[]): string[] | undefined {
  const taken: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [arg = "", value] = args.slice(at, at + 2);
    if (arg === ANY_FOLDER) continue;
    if (!/^(?:-c|--config|--enable|--disable)$/.test(arg) || value === undefined) return undefined;
    taken.push(arg, value);
    at += 1;
  }
  return taken;
}

function read(line: Buffer): WarmSign[] {
  const said = saidIn(line);
  switch (said?.type) {
    case "bridge.answer":
      return [{ is: "answer", request: said.request, isDone: said.done, isNever: said.never ?? false }];
    case "bridge.able":
      return [{ is: "able", canStayWarm: true, hasServers: said.servers }];
    case "bridge.busy":
      return [{ is: "busy" }];
    case "bridge.over":
      return [{ is: "over", promptId: said.prompt }];
    case "bridge.idle":
      return [{ is: "idle" }];
    default:
      return [];
  }
}

function saidIn(line: Buffer): Said | undefined {
  return line.toString("latin1", 0, SAID.length) === SAID ? asSaid(parseJson(line)) : undefined;
}

function lineOf(told: object): string {
  return `${JSON.stringify(told)}\n`;
}

/** What codex 0.171.0 reads in the working folder and in each folder above it. */
const IN_EACH_FOLDER = ["AGENTS.md", "AGENTS.override.md", ".codex/config.toml", ".codex/hooks.json"];
const FOLDERS = ["rules", "skills", "agents", "prompts"];

function readAtStart(folder: string, environment: AgentEnvironment): ReadAtStart {
  const above = [folder];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) above.push(dirname(at));
  const own = configFolder(environment);
  const ownFiles = ["config.toml", "auth.json", "AGENTS.md", "AGENTS.override.md", "hooks.json", ".env"];
  return {
    files: [
      ...above.flatMap((one) => IN_EACH_FOLDER.map((name) => join(one, name))),
      ...ownFiles.map((name) => join(own, name)),
      // What an administrator has set.
      "/etc/codex/config.toml",
      "/etc/codex/requirements.toml",
      "/etc/codex/managed_config.toml",
    ],
    folders: [
      ...above.flatMap((one) => FOLDERS.map((name) => join(one, ".codex", name))),
      ...above.map((one) => join(one, ".agents/skills")),
      ...FOLDERS.map((name) => join(own, name)),
      ...(environment.HOME === undefined ? [] : [join(environment.HOME, ".agents/skills")]),
    ],
  };
}
