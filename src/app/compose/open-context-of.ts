import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { findAgentIn } from "../../agents/find-agent.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { isOwnAgentName } from "../../domain/config/own-agents.ts";
import { AppError } from "../../domain/errors.ts";
import { findStateHome, openStateHome, type StateHome } from "../../stores/file/home.ts";
import { FileStore } from "../../stores/file/store.ts";
import { Turns } from "../../stores/file/turns/turns.ts";
import { withoutStore } from "../../stores/store-address.ts";
import { listFolder } from "../../system/files/folder.ts";
import { readFileIfAny } from "../../system/files/read.ts";
import { findTempRoot, findViewRoot } from "../../system/places/temp.ts";
import { identifySelf, parentName, terminalKey } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { LocalRunner } from "../local/local-runner.ts";
import type { Surroundings } from "../surroundings.ts";
import { WARM_CHAIN, WARM_MARK } from "../warm-agents.ts";
import { asCommands } from "../wording.ts";

/**
 * Opens this user's state home and everything that depends on it, for these agents.
 *
 * @throws AppError `unsupported` on Windows, `state_unwritable`; `state_unreadable` also for one that only looks, where
 * there is no state home
 */
export function openContextOf(
  builtIn: Readonly<Record<string, Agent>>,
  around: Surroundings,
  ownAgent?: (name: string) => Agent,
): Context {
  if (around.platform === "win32") {
    throw new AppError(
      "unsupported",
      "agent-sessions does not support Windows yet: it has not been tested there.",
      {
        hint: "Run it inside WSL.",
      },
    );
  }
  const { cwd, uid, userHome, notify, onlyLooks = false } = around;
  const tempRoot = findTempRoot(around.env, cwd, onlyLooks);
  const place = { env: around.env, userHome, tempRoot, uid };
  const home = onlyLooks ? findStateHome(place) : openStateHome({ ...place, notify });
  const agents = ownAgent === undefined ? builtIn : withOwn(builtIn, ownNames(home, around), ownAgent);
  const env = withoutStore(insideWarmAgent(around.env, home, Object.values(agents)));
  const now = () => new Date();
  const chooseAgent = (name: string) => findAgentIn(agents, name);
  const findAgent = (name: string) =>
    ownAgent !== undefined && !Object.hasOwn(agents, name) && isOwnAgentName(name)
      ? ownAgent(name)
      : chooseAgent(name);
  const viewRoot = findViewRoot(tempRoot, uid);
  const store = new FileStore({ home, viewRoot, uid, findAgent, now, notify, onlyLooks });
  const context: Omit<Context, "runner"> = {
    store,
    turns: new Turns(home),
    home,
    agents: Object.values(agents),
    findAgent,
    chooseAgent,
    agentsOf: (name) => (name === undefined ? Object.values(agents) : [chooseAgent(name)]),
    env,
    uid,
    cwd,
    self: identifySelf(),
    now,
    newUuid: randomUUID,
    newArrival: () => String(process.hrtime.bigint()).padStart(20, "0"),
    parentName,
    terminalKey,
    usedAt: around.usedAt,
    program: around.program,
    runsWaiting: !onlyLooks && around.program !== undefined && (around.runsWaiting ?? true),
    wording: around.wording ?? asCommands(cwd),
    notify,
  };
  return withRunner(context);
}

/** Returns the names of the user's own agents: those in the settings, and those that have conversations here. */
function ownNames(home: StateHome, { ownAgents = [] }: Surroundings): string[] {
  return [...ownAgents, ...foldersIn(home.sessionsRoot).filter(isOwnAgentName)];
}

function withOwn(
  builtIn: Readonly<Record<string, Agent>>,
  names: readonly string[],
  ownAgent: (name: string) => Agent,
): Readonly<Record<string, Agent>> {
  const own = names.filter((name) => !Object.hasOwn(builtIn, name)).map((name) => [name, ownAgent(name)]);
  return { ...builtIn, ...Object.fromEntries(own) };
}

/** A start must not fail for a folder that can't be read: whoever needs it says so. */
function foldersIn(path: string): string[] {
  try {
    return listFolder(path);
  } catch {
    return [];
  }
}

/**
 * Returns the environment of a process that a warm agent may have started: the chain of turns as it is now, where the agent
 * was started without one, and nothing that is meant for the agent alone.
 */
function insideWarmAgent(
  env: Surroundings["env"],
  home: StateHome,
  agents: readonly Agent[],
): Surroundings["env"] {
  const { [WARM_MARK]: folder, ...others } = env;
  const rest: Record<string, string | undefined> = others;
  if (folder === undefined) return env;
  for (const { warm } of agents) for (const name of Object.keys(warm?.environment ?? {})) delete rest[name];
  const isOurs = dirname(folder) === home.warmFolder;
  if (isOurs && rest.AGENT_SESSIONS_CHAIN === undefined)
    rest.AGENT_SESSIONS_CHAIN = readFileIfAny(join(folder, WARM_CHAIN))?.toString("utf8");
  return rest;
}

/** The runner sees the context that it is part of. */
function withRunner(around: Omit<Context, "runner">): Context {
  const context = { ...around } as Context;
  context.runner = new LocalRunner(context);
  return context;
}
