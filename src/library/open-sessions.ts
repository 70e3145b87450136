import { create } from "../app/ask/create.ts";
import { detachCreate } from "../app/ask/detach.ts";
import { lastUsed } from "../app/ask/last-used.ts";
import { once } from "../app/ask/once.ts";
import { resumeId } from "../app/ask/resume.ts";
import type { Context } from "../app/context.ts";
import { type Broken, breakLock } from "../app/doctor/break-lock.ts";
import type { Collected } from "../app/gc/collection.ts";
import { gc, RETENTION } from "../app/gc/gc.ts";
import { adopt } from "../app/names/adopt.ts";
import { conversations, type FoundConversations } from "../app/names/conversations.ts";
import { list } from "../app/names/list.ts";
import { type Rebound, rebind } from "../app/names/rebind.ts";
import { moves } from "../app/names/reflog.ts";
import type { Removed } from "../app/names/remove.ts";
import { removeAll } from "../app/names/remove-all.ts";
import { resolveName } from "../app/names/resolve.ts";
import { restore } from "../app/names/restore.ts";
import { openContext } from "../app/open-context.ts";
import {
  listCheckpoints,
  removeCheckpoint,
  removeOldCheckpoints,
  resumeNext,
} from "../app/tell/checkpoints.ts";
import { type Costs, cost } from "../app/tell/cost.ts";
import { type Status, status } from "../app/watch/status.ts";
import { AppError } from "../domain/errors.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";
import { checkOptions, checkText } from "./check-options.ts";
import type { Conversation, DetachedConversation, NewConversation, Place } from "./conversation.ts";
import type { Method } from "./methods.ts";
import { NameHandle } from "./name-handle.ts";
import type {
  AdoptOptions,
  CostOptions,
  CreateOptions,
  GcOptions,
  ListOptions,
  OnceOptions,
  OpenOptions,
  Reach,
  RebindOptions,
  SendOptions,
  SignalOption,
  WhichAgent,
} from "./options.ts";
import type { AdoptedConversation, Listing, Sessions } from "./sessions.ts";
import { surroundings } from "./surroundings.ts";
import { turnRequest } from "./turn-request.ts";
import { detachedConversation, toldOfCreated } from "./views/created.ts";
import { type Move, moveOf } from "./views/name-move.ts";
import { type SavedCheckpoint, savedCheckpoint } from "./views/saved-checkpoint.ts";
import { namedConversation } from "./views/summary.ts";
import { startTurn, type Turn, told } from "./views/turn.ts";

const DEFAULT_AGENT = "claude";

/**
 * Opens the named conversations of a workspace. They need not be closed.
 *
 * ```ts
 * import { openSessions } from "agent-sessions";
 *
 * const sessions = await openSessions();
 * const review = await sessions.create("review-src", { agent: "claude", prompt: "Read src/." });
 * for await (const event of review.send("What did you find?")) {
 *   if (event.type === "text") console.log(event.text);
 * }
 * const { outcome, text } = await review.send("And the worst of it?");
 * ```
 *
 * @throws AppError `state_unreadable`, `state_unwritable`; `unsupported` on Windows; `usage`
 */
export async function openSessions(options: OpenOptions = {}): Promise<Sessions> {
  const around = surroundings(checkOptions("openSessions", options));
  const workspace = resolveWorkspace(options.workspace ?? around.cwd, around.cwd);
  return new OpenSessions(openContext(around), workspace);
}

class OpenSessions implements Sessions {
  readonly #context: Context;
  readonly workspace: string;

  constructor(context: Context, workspace: string) {
    this.#context = context;
    this.workspace = workspace;
  }

  get #project() {
    return { folder: this.workspace, env: this.#context.env };
  }

  create(name: string, options: CreateOptions & SignalOption = {}): Turn<NewConversation> {
    return startTurn(this.#context, "create", options, async (listener) => {
      const request = this.#createRequest(name, options);
      return toldOfCreated(
        this.#context,
        request,
        await create(this.#context, request, listener),
        this.#handle,
      );
    });
  }

  async createDetached(name: string, options: CreateOptions = {}): Promise<DetachedConversation> {
    const request = this.#createRequest(name, checkOptions("createDetached", options));
    return detachedConversation(request, await detachCreate(this.#context, request), this.#handle);
  }

  async get(
    name: string,
    options: WhichAgent & { forkFrom?: string | undefined } = {},
  ): Promise<Conversation> {
    const { agent, forkFrom } = checkOptions("get", options);
    try {
      return await this.#resolve(name, agent, forkFrom);
    } catch (error) {
      const isYetToCome =
        error instanceof AppError && error.code === "no_such_name" && forkFrom !== undefined;
      if (!isYetToCome) throw error;
      const trunk = await this.#resolve(forkFrom, agent);
      return new NameHandle(this.#context, { name, agent: trunk.agent, workspace: this.workspace }, forkFrom);
    }
  }

  async lastUsed(options: WhichAgent = {}): Promise<Conversation> {
    const asked = checkOptions("lastUsed", options);
    const { name, agent } = await lastUsed(this.#context, this.workspace, asked.agent);
    return this.#resolve(name, agent);
  }

  once(prompt: string, options: OnceOptions & SignalOption = {}): Turn {
    return startTurn(this.#context, "once", options, async (listener) => {
      const { agent = DEFAULT_AGENT, role: roleText, resumable: isResumable, ...rest } = options;
      const { workspace } = this;
      const asked = { agent, workspace, roleText, isResumable, prompt: checkText("prompt", prompt) };
      return told(await once(this.#context, { ...turnRequest(rest), ...asked }, listener));
    });
  }

  resume(sessionId: string, prompt: string, options: SendOptions & SignalOption & WhichAgent = {}): Turn {
    return startTurn(this.#context, "resume", options, async (listener) => {
      const { agent = DEFAULT_AGENT, ...rest } = options;
      const asked = {
        agent,
        sessionId: checkText("session id", sessionId),
        prompt: checkText("prompt", prompt),
        workspace: this.workspace,
      };
      return told(await resumeId(this.#context, { ...turnRequest(rest), ...asked }, listener));
    });
  }

  async list(options: ListOptions & Reach = {}): Promise<Listing> {
    const { names, ...rest } = await list(this.#context, this.#reach("list", options));
    return {
      names: names.map(({ entry, agent, ...listed }) => ({ ...namedConversation(entry, agent), ...listed })),
      ...rest,
    };
  }

  async adopt(name: string, options: AdoptOptions = {}): Promise<AdoptedConversation> {
    const request = {
      ...checkOptions("adopt", options),
      name: checkText("name", name),
      workspace: this.workspace,
    };
    const { name: given, agent, workspace, ...adopted } = await adopt(this.#context, request);
    return { conversation: this.#handle({ name: given, agent, workspace }), ...adopted };
  }

  async conversations(
    options: WhichAgent & { limit?: number | undefined } = {},
  ): Promise<FoundConversations> {
    return conversations(this.#context, {
      ...checkOptions("conversations", options),
      workspace: this.workspace,
    });
  }

  async rebind(from: string, options: RebindOptions = {}): Promise<Rebound> {
    const request = {
      ...checkOptions("rebind", options),
      from: checkText("folder", from),
      workspace: this.workspace,
    };
    return rebind(this.#context, request);
  }

  async removeAll(options: WhichAgent = {}): Promise<Removed[]> {
    return removeAll(this.#context, { ...checkOptions("removeAll", options), workspace: this.workspace });
  }

  async status(options: Reach = {}): Promise<Status> {
    return status(this.#context, this.#reach("sessions.status", options));
  }

  async cost(options: CostOptions & Reach = {}): Promise<Costs> {
    return cost(this.#context, this.#reach("sessions.cost", options));
  }

  async restore(
    name: string,
    options: WhichAgent & { movesAgo?: number | undefined } = {},
  ): Promise<Conversation> {
    const request = {
      ...checkOptions("restore", options),
      name: checkText("name", name),
      workspace: this.workspace,
    };
    const restored = await restore(this.#context, request);
    return this.#handle({ name: restored.name, agent: restored.agent, workspace: this.workspace });
  }

  async moves(name: string, options: WhichAgent = {}): Promise<Move[]> {
    const request = {
      ...checkOptions("moves", options),
      name: checkText("name", name),
      workspace: this.workspace,
    };
    return (await moves(this.#context, request)).moves.map(moveOf);
  }

  async gc(options: GcOptions = {}): Promise<Collected> {
    const {
      keepTurnsMs = RETENTION.keepTurnsMs,
      keepSessionsMs = RETENTION.keepSessionsMs,
      dryRun,
    } = checkOptions("gc", options);
    return gc(this.#context, { ...RETENTION, keepTurnsMs, keepSessionsMs, dryRun });
  }

  async breakLock(name?: string, options: WhichAgent = {}): Promise<Broken> {
    const { agent } = checkOptions("breakLock", options);
    return breakLock(this.#context, { name, agent, workspace: this.workspace });
  }

  async checkpoints(): Promise<{ checkpoints: SavedCheckpoint[]; problems: string[] }> {
    const { checkpoints, problems } = listCheckpoints(this.#project);
    return { checkpoints: checkpoints.map(savedCheckpoint), problems };
  }

  async resumeNext(sessionId = "latest"): Promise<SavedCheckpoint> {
    return savedCheckpoint(resumeNext(this.#project, sessionId).checkpoint);
  }

  async removeCheckpoint(sessionId: string): Promise<SavedCheckpoint> {
    return savedCheckpoint(removeCheckpoint(this.#project, checkText("session id", sessionId)));
  }

  async removeOldCheckpoints(olderThanMs: number): Promise<SavedCheckpoint[]> {
    checkOptions("removeOldCheckpoints", { olderThanMs });
    const beforeMs = this.#context.now().getTime() - olderThanMs;
    return removeOldCheckpoints(this.#project, beforeMs).map(savedCheckpoint);
  }

  readonly #handle = (place: Place): Conversation => new NameHandle(this.#context, place);

  async #resolve(name: string, agent: string | undefined, forkFrom?: string): Promise<NameHandle> {
    const { workspace } = this;
    const { scope, entry } = await resolveName(this.#context, workspace, checkText("name", name), agent);
    return new NameHandle(this.#context, { name: entry.name, agent: scope.agent, workspace }, forkFrom);
  }

  #createRequest(name: string, { agent = DEFAULT_AGENT, role: roleText, ...options }: CreateOptions) {
    const { workspace } = this;
    return { ...turnRequest(options), name: checkText("name", name), agent, workspace, roleText };
  }

  #reach<Options extends Reach>(method: Method, options: Options) {
    const { everywhere = false, ...rest } = checkOptions(method, options);
    return { ...rest, workspace: everywhere ? undefined : this.workspace };
  }
}
