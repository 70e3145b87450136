import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { type Cancelled, cancel } from "./app/cancel.ts";
import { type CostRequest, type Costs, cost } from "./app/cost.ts";
import { type Created, type CreateRequest, create } from "./app/create.ts";
import { type Detached, detachSend } from "./app/detach.ts";
import { type ForkRequest, fork } from "./app/fork.ts";
import { type History, history } from "./app/history.ts";
import { type Listing, list } from "./app/list.ts";
import { type Moves, moves } from "./app/moves.ts";
import { type OnceRequest, once } from "./app/once.ts";
import { openContext } from "./app/open-context.ts";
import { type Removed, remove } from "./app/remove.ts";
import { type Renamed, rename } from "./app/rename.ts";
import { type Restored, type RestoreRequest, restore } from "./app/restore.ts";
import type { TurnListener } from "./app/run-turn.ts";
import { type SendRequest, send } from "./app/send.ts";
import { type Shown, show } from "./app/show.ts";
import { type Status, status } from "./app/status.ts";
import type { TurnResult } from "./app/turn-result.ts";
import { type WaitRequest, wait } from "./app/wait.ts";
import { resolveWorkspace } from "./system/workspace.ts";

export type { Cancelled } from "./app/cancel.ts";
export type { Cost, CostRequest, Costs } from "./app/cost.ts";
export type { Created, CreateRequest } from "./app/create.ts";
export type { Detached } from "./app/detach.ts";
export type { ForkRequest } from "./app/fork.ts";
export type { History } from "./app/history.ts";
export type { ListedName, Listing } from "./app/list.ts";
export type { ListedMove, Moves } from "./app/moves.ts";
export type { OnceRequest } from "./app/once.ts";
export type { TurnOptions } from "./app/plan-turn.ts";
export type { Removed } from "./app/remove.ts";
export type { Renamed } from "./app/rename.ts";
export type { Restored } from "./app/restore.ts";
export type { TurnListener } from "./app/run-turn.ts";
export type { SendRequest } from "./app/send.ts";
export type { Shown } from "./app/show.ts";
export type { BusyReason, OpenWindow, Status, TurnStatus } from "./app/status.ts";
export type { TurnResult } from "./app/turn-result.ts";
export type { Access } from "./domain/access.ts";
export type { Activity } from "./domain/activity.ts";
export { AppError, type AppErrorCode } from "./domain/errors.ts";
export type { NameEntry, NameReason } from "./domain/name.ts";
export type { SessionRecord, TurnEnded } from "./domain/session.ts";
export type { Continuity, Outcome, Retry, TurnEvent, TurnFailure } from "./domain/turn.ts";
export type { Usage } from "./domain/usage.ts";

export interface OpenOptions {
  /** The workspace of all names; default: the current folder. */
  workspace?: string;
  /** The environment in which agents run and state is looked for; default: this process's own. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Gets one sentence for people when something was mended or is waited for; default: nobody is told. */
  notify?: (message: string) => void;
}

/** The named conversations of one workspace. What goes wrong is thrown as an `AppError`; a turn that failed is a result. */
export interface Sessions {
  readonly workspace: string;
  /** Starts a conversation under a new name. */
  create(
    name: string,
    request: Omit<CreateRequest, "name" | "workspace">,
    listener?: TurnListener,
  ): Promise<Created>;
  /** Runs one turn in the conversation of a name and resolves with its end. */
  send(
    name: string,
    prompt: string,
    request?: Omit<SendRequest, "name" | "workspace" | "prompt">,
    listener?: TurnListener,
  ): Promise<TurnResult>;
  /** Runs one turn that leaves no conversation. */
  once(
    prompt: string,
    request: Omit<OnceRequest, "workspace" | "prompt">,
    listener?: TurnListener,
  ): Promise<TurnResult>;
  /** Starts a conversation that begins with the history of another, under a name of its own. */
  fork(
    name: string,
    newName: string,
    request?: Omit<ForkRequest, "from" | "name" | "workspace">,
    listener?: TurnListener,
  ): Promise<Created>;
  /** Leaves a turn to the background and resolves as soon as it is accepted. `wait` tells how it ends. */
  detach(
    name: string,
    prompt: string,
    request?: Omit<SendRequest, "name" | "workspace" | "prompt">,
  ): Promise<Detached>;
  /** Waits for the turn of a name that was asked for last, or for that of an id. */
  wait(name: string, which?: WhichTurn & Pick<WaitRequest, "timeoutMs" | "signal">): Promise<TurnResult>;
  /** Ends the turn that runs, else the next in line. */
  cancel(name: string, which?: WhichTurn): Promise<Cancelled>;
  /** The turns that have not ended. */
  status(name?: string, which?: WhichAgent): Promise<Status>;
  /** What turns of this workspace have used. */
  cost(request?: Omit<CostRequest, "workspace">): Promise<Costs>;
  list(): Promise<Listing>;
  show(name: string, which?: WhichAgent): Promise<Shown>;
  history(name: string, which?: WhichAgent): Promise<History>;
  /** Gives a conversation another name; turns under way follow. */
  rename(name: string, newName: string, which?: WhichAgent): Promise<Renamed>;
  remove(name: string, which?: WhichAgent): Promise<Removed>;
  /** Brings a name back that was taken away, or points one at what it pointed at `movesAgo` moves ago. */
  restore(name: string, which?: WhichAgent & Pick<RestoreRequest, "movesAgo">): Promise<Restored>;
  /** What a name has pointed at, newest first, whether it is still there or not. */
  moves(name: string, which?: WhichAgent): Promise<Moves>;
}

/** Needed only where two agents own the name. */
export interface WhichAgent {
  agent?: string;
}

export interface WhichTurn extends WhichAgent {
  turnId?: string;
}

/** Opens the names of a workspace. @throws AppError when the state can't be written. */
export async function openSessions(options: OpenOptions = {}): Promise<Sessions> {
  const cwd = process.cwd();
  const env = options.env ?? process.env;
  const workspace = resolveWorkspace(options.workspace ?? cwd, cwd);
  const context = openContext({
    env,
    cwd,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: env.HOME ?? homedir(),
    notify: options.notify ?? (() => undefined),
    program: [process.execPath, fileURLToPath(new URL("./cli.cjs", import.meta.url))],
  });
  return {
    workspace,
    create: (name, request, listener = {}) => create(context, { ...request, name, workspace }, listener),
    send: (name, prompt, request = {}, listener = {}) =>
      send(context, { ...request, name, prompt, workspace }, listener),
    once: (prompt, request, listener = {}) => once(context, { ...request, prompt, workspace }, listener),
    fork: (name, newName, request = {}, listener = {}) =>
      fork(context, { ...request, from: name, name: newName, workspace }, listener),
    detach: (name, prompt, request = {}) => detachSend(context, { ...request, name, prompt, workspace }),
    wait: (name, which = {}) => wait(context, { ...which, name, workspace }),
    cancel: (name, which = {}) => cancel(context, { ...which, name, workspace }),
    status: (name, which = {}) => status(context, { ...which, name, workspace }),
    cost: (request = {}) => cost(context, { ...request, workspace }),
    list: () => list(context, { workspace }),
    show: (name, which = {}) => show(context, { ...which, name, workspace }),
    history: (name, which = {}) => history(context, { ...which, name, workspace }),
    rename: (name, newName, which = {}) => rename(context, { ...which, name, newName, workspace }),
    remove: (name, which = {}) => remove(context, { ...which, name, workspace }),
    restore: (name, which = {}) => restore(context, { ...which, name, workspace }),
    moves: (name, which = {}) => moves(context, { ...which, name, workspace }),
  };
}
