import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { NameScope } from "../../domain/names/name.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import { quoteWord } from "../../domain/words.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { listFolders, modifiedMs } from "../../system/files/folder.ts";
import { DISTRUST, isPrivateFolder, requireAccess, whyForeign } from "../../system/files/trust.ts";
import { makeFolder } from "../../system/files/write.ts";
import { readsProcessesIn } from "../../system/processes/identity.ts";

/**
 * The folder that holds the whole state of this program, and the paths in it. Ids and names are never parts
 * of a path.
 */
export class StateHome {
  constructor(
    readonly path: string,
    /** Why this folder was chosen, in words for people. */
    readonly why = "it was given",
  ) {}

  namesFolder({ workspace, agent, mappingFile }: NameScope): string {
    const place = mappingFile === undefined ? workspace : `\0${mappingFile}`;
    return join(this.namesRoot, digest(`${agent}\0${place}`));
  }

  sessionFolder({ agent, sessionId }: SessionKey): string {
    return join(this.sessionsRoot, agent, digest(sessionId));
  }

  /**
   * The folder of the claim on a request of a conversation, under an id that the caller chose. It records
   * which turn the request belongs to.
   */
  requestFolder(key: SessionKey, id: string): string {
    return join(this.sessionFolder(key), "requests", digest(id));
  }

  /** The folder of the claim on a request that begins the conversation of a name. */
  firstRequestFolder({ workspace, name }: { workspace: string; name: string }, id: string): string {
    return join(this.firstRequestsFolder, digest([workspace, name, id].join("\0")));
  }

  /** The lock for whoever starts another attendant for a turn. */
  takeOverFolder(turnId: string): string {
    return join(this.takeOversFolder, turnId);
  }

  /** Which processes keep turns that wait. */
  get keepersFolder(): string {
    return join(this.path, "keepers");
  }

  /** What agents print that are kept warm. */
  get warmFolder(): string {
    return join(this.path, "warm");
  }

  get takeOversFolder(): string {
    return join(this.path, "take-over");
  }

  get firstRequestsFolder(): string {
    return join(this.path, "requests");
  }

  /** The file that records which name a caller used last; of all agents where `agent` is empty. */
  lastUsePath(workspace: string, caller: string, agent: string): string {
    return join(this.callersFolder, `${digest([workspace, caller, agent].join("\0"))}.json`);
  }

  /** Which settings files of repositories the user has allowed. */
  get allowedFolder(): string {
    return join(this.path, "allowed");
  }

  /** What the programs of agents have said of their versions. */
  get versionsFolder(): string {
    return join(this.path, "versions");
  }

  /** The gates of all workspaces: what scripts wait for people to read, and their answers. */
  get gatesFolder(): string {
    return join(this.path, "gates");
  }

  /** Records which names callers used last. */
  get callersFolder(): string {
    return join(this.path, "callers");
  }

  /** Files that open the page of a server which runs. */
  get pagesFolder(): string {
    return join(this.path, "pages");
  }

  /** Below it, each worker of this home has a home of its own. */
  get workersFolder(): string {
    return join(this.path, "worker");
  }

  /** The homes in which the workers of this one keep the turns that they run. */
  workerHomes(): StateHome[] {
    return listFolders(this.workersFolder).map((name) => new StateHome(join(this.workersFolder, name)));
  }

  get turnsFolder(): string {
    return join(this.path, "turns");
  }

  /** Records the agents' windows that commands of ours have open. */
  get windowsFolder(): string {
    return join(this.path, "windows");
  }

  /** Records the waits of commands that turns have started. */
  get waitsFolder(): string {
    return join(this.path, "waits");
  }

  /** Ended turns, kept for callers who have not read the result yet. */
  get settledFolder(): string {
    return join(this.path, "settled");
  }

  /** Ended turns whose caller got the result, kept so that their output can still be read. */
  get toldFolder(): string {
    return join(this.path, "told");
  }

  get namesRoot(): string {
    return join(this.path, "names");
  }

  get sessionsRoot(): string {
    return join(this.path, "sessions");
  }

  /** What is being imported: a folder for each import, which ends with it. */
  get importsFolder(): string {
    return join(this.path, "imports");
  }

  /** Folders that are being deleted: nothing here is needed any more. */
  get trashFolder(): string {
    return join(this.path, "trash");
  }

  /** A file whose time says when garbage was last collected automatically. */
  get gcStampPath(): string {
    return join(this.path, "gc.stamp");
  }

  get onceLogPath(): string {
    return join(this.path, "once.jsonl");
  }

  /** The folder of our hard links to an agent's transcript. */
  transcriptFolder(key: SessionKey): string {
    return join(this.sessionFolder(key), "transcript");
  }
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export interface StateHomeRequest {
  env: Readonly<Record<string, string | undefined>>;
  userHome: string | undefined;
  tempRoot: string;
  uid: number;
  notify(message: string): void;
}

/**
 * Finds the state home and makes sure that it can be written: `$AGENT_SESSIONS_HOME`, else
 * `$XDG_STATE_HOME/agent-sessions`, else `~/.local/state/agent-sessions`. Where the last two can't be
 * written, as in an agent's sandbox, a private folder in the temporary folder is used instead, with a notice.
 * A folder that was chosen with `$AGENT_SESSIONS_HOME` is never replaced. Neither is a folder that may hold
 * names: one that other users could have written to is refused, since a turn's folder says which program to
 * run and which files to delete.
 *
 * @throws AppError `state_unwritable`; `state_unreadable` for a folder that is not this user's alone.
 */
export function openStateHome(request: StateHomeRequest): StateHome {
  const { env, uid } = request;
  const asked = env.AGENT_SESSIONS_HOME;
  if (asked !== undefined && asked !== "") {
    if (!isAbsolute(asked)) {
      throw new AppError("usage", `AGENT_SESSIONS_HOME is ${asked}, which is not an absolute path.`);
    }
    return prepare(new StateHome(asked, "AGENT_SESSIONS_HOME is set"), uid);
  }
  const found = usualPlace(request);
  if (found === undefined) return inTemp(request, "There is no home folder.");
  try {
    return prepare(found, uid);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "state_unwritable") throw error;
    return inTemp(request, error.message);
  }
}

/**
 * Returns the state home that `openStateHome` would, if it is there, and makes none.
 *
 * @throws AppError `state_unreadable` where there is none, or none that can be trusted; a system error for a folder that
 * can't be looked at
 */
export function findStateHome(request: Omit<StateHomeRequest, "notify">): StateHome {
  const { env, uid } = request;
  const asked = env.AGENT_SESSIONS_HOME ?? "";
  const chosen = asked === "" ? usualPlace(request) : new StateHome(asked);
  const isThere = ({ path }: StateHome) => modifiedMs(path) !== undefined;
  if (chosen !== undefined && isThere(chosen)) {
    refuseForeign(chosen.path, uid);
    if (asked !== "" || mayUse(chosen.path)) return chosen;
  }
  const fallback = placeInTemp(request);
  if (asked === "" && isThere(fallback) && isPrivateFolder(fallback.path)) {
    refuseForeign(fallback.path, uid);
    return fallback;
  }
  throw stateError(Object.assign(new Error(), { code: "ENOENT" }), "read", chosen?.path ?? fallback.path);
}

function mayUse(path: string): boolean {
  try {
    requireAccess(path);
    return true;
  } catch {
    return false;
  }
}

/** Returns the state homes that commands in other environments use, if those hold names. */
export function otherHomes(request: Omit<StateHomeRequest, "notify">, own: string): string[] {
  const places = [usualPlace(request), usualPlace({ ...request, env: {} }), placeInTemp(request)];
  const paths = places.flatMap((place) => (place === undefined ? [] : [place]));
  const isOther = ({ path, namesRoot }: StateHome) => path !== own && hasFolders(namesRoot);
  return [...new Set(paths.filter(isOther).map(({ path }) => path))];
}

function hasFolders(path: string): boolean {
  try {
    return listFolders(path).length > 0;
  } catch {
    // Another user's folder, or no folder: no command of this user keeps anything there.
    return false;
  }
}

function placeInTemp({ tempRoot, uid }: Pick<StateHomeRequest, "tempRoot" | "uid">, why?: string): StateHome {
  return new StateHome(join(tempRoot, `agent-sessions-state-${uid}`), why);
}

function usualPlace({ env, userHome }: Pick<StateHomeRequest, "env" | "userHome">): StateHome | undefined {
  const xdg = env.XDG_STATE_HOME;
  if (xdg !== undefined && isAbsolute(xdg))
    return new StateHome(join(xdg, "agent-sessions"), "XDG_STATE_HOME is set");
  if (userHome === undefined) return undefined;
  return new StateHome(join(userHome, ".local", "state", "agent-sessions"), "it is the usual place");
}

function inTemp({ tempRoot, uid, notify }: StateHomeRequest, why: string): StateHome {
  const home = placeInTemp({ tempRoot, uid }, why);
  prepare(home, uid);
  refuseShared(home.path);
  notify(`${why} Names are kept in ${home.path} instead, which a restart may empty.`);
  return home;
}

function prepare(home: StateHome, uid: number): StateHome {
  const { path } = home;
  try {
    makeFolder(path);
    refuseForeign(path, uid);
    requireAccess(path);
    readsProcessesIn(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw errnoOf(error) === "EEXIST"
      ? stateError(Object.assign(new Error(), { code: "ENOTDIR" }), "write", path)
      : stateError(error, "write", path);
  }
  return home;
}

function refuseForeign(path: string, uid: number): void {
  const why = whyForeign(path, uid);
  if (why === undefined) return;
  throw new AppError("state_unreadable", `${path} ${DISTRUST[why]}; its content can't be trusted.`, {
    hint:
      why === "open"
        ? `If nothing in it is from others, run: chmod go-w ${quoteWord(path)}`
        : "Choose a folder of your own with AGENT_SESSIONS_HOME, or run this as the user it belongs to.",
    facts: { path },
  });
}

/** In a shared temporary folder, any user can create this folder first and read what we put into it. */
function refuseShared(path: string): void {
  if (isPrivateFolder(path)) return;
  throw new AppError("state_unwritable", `${path} is not a private folder of this user.`, {
    hint: "Remove it, or choose a folder of your own with AGENT_SESSIONS_HOME.",
  });
}
