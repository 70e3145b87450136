import { inBackground } from "../app/ask/askers/background.ts";
import { here } from "../app/ask/askers/here.ts";
import { create } from "../app/ask/create.ts";
import { lastUsed } from "../app/ask/last-used.ts";
import { once } from "../app/ask/once.ts";
import { resumeId } from "../app/ask/resume.ts";
import { send } from "../app/ask/send.ts";
import type { Context } from "../app/context.ts";
import { type Broken, breakLock } from "../app/doctor/break-lock.ts";
import { answerGate } from "../app/gate/answer.ts";
import { askGate } from "../app/gate/ask.ts";
import { listGates, lookAtGate } from "../app/gate/find.ts";
import type { Collected } from "../app/gc/collection.ts";
import { gcEverywhere } from "../app/gc/gc.ts";
import { adopt } from "../app/names/adopt.ts";
import { conversations, type FoundConversations } from "../app/names/conversations.ts";
import { type Listing, list } from "../app/names/listing/list.ts";
import { type Rebound, rebind } from "../app/names/rebind.ts";
import { type Move, moves } from "../app/names/reflog.ts";
import type { Removed } from "../app/names/remove.ts";
import { removeAll } from "../app/names/remove-all.ts";
import { resolveName } from "../app/names/resolve.ts";
import { restore } from "../app/names/restore.ts";
import type { CollectedRows } from "../app/shared-line.ts";
import type { SavedCheckpoint } from "../app/tell/checkpoints.ts";
import * as saved from "../app/tell/checkpoints.ts";
import { type Costs, cost } from "../app/tell/cost.ts";
import { type SearchResult, search } from "../app/tell/search.ts";
import { importConversation } from "../app/travel/import.ts";
import { undoAbandoned } from "../app/travel/staging.ts";
import { unendedTurns } from "../app/watch/find.ts";
import { type Status, status } from "../app/watch/status.ts";
import { AppError } from "../domain/errors.ts";
import type { Gate, GateDecision } from "../domain/gate/gate.ts";
import { OWN_NAME } from "../domain/names/name.ts";
import type { AdoptedConversation } from "./adopted.ts";
import { checkOptions, checkText, checkWords } from "./check-options.ts";
import { Conversation, type DetachedConversation, type NewConversation } from "./conversation.ts";
import { detachedConversation, type Place, toldOfCreated } from "./created.ts";
import type { ImportedConversation } from "./imported.ts";
import type { Method } from "./methods.ts";
import type {
  AdoptOptions,
  AskOnceOptions,
  CostOptions,
  CreateOptions,
  GateAnswerOptions,
  GateOptions,
  GcOptions,
  ImportOptions,
  ListOptions,
  OnceOptions,
  Reach,
  RebindOptions,
  SearchOptions,
  SendOptions,
  SignalOption,
  WhichAgent,
} from "./options.ts";
import { startTurn, type Turn, told } from "./turn.ts";
import { turnRequest } from "./turn-request.ts";

/** The agent of a new conversation if neither the caller nor the settings choose one. */
export const DEFAULT_AGENT = "claude";

/** The named conversations of one workspace. */
export class Sessions {
  readonly #context: Context;
  /** Absolute, with symbolic links resolved. */
  readonly workspace: string;

  readonly #defaultAgent: string;

  constructor(context: Context, workspace: string, defaultAgent = DEFAULT_AGENT) {
    this.#context = context;
    this.workspace = workspace;
    this.#defaultAgent = defaultAgent;
  }

  get #project() {
    return { ...this.#context, folder: this.workspace };
  }

  /**
   * Starts a conversation under a new name. Other processes find the name once the conversation has an id.
   *
   * @throws AppError `name_exists`; `busy` while another process creates it; `usage`, `agent_missing`,
   * `prompt_empty`, `prompt_too_long`, `unsupported`; `deadline` and `cancelled` if the turn ended before it
   * could begin; the failure of the first turn if it left nothing that can be continued
   */
  create(name: string, options: CreateOptions & SignalOption = {}): Turn<NewConversation> {
    return startTurn(this.#context, "create", options, async (listener) => {
      const request = this.#createRequest(name, options);
      const created = await create(this.#context, request, here(listener));
      return toldOfCreated(this.#context, request, created, this.#handle);
    });
  }

  /** The same as `create`, with the first turn in the background. Resolves once that turn is on disk. */
  async createDetached(name: string, options: CreateOptions = {}): Promise<DetachedConversation> {
    const request = this.#createRequest(name, checkOptions("createDetached", options));
    return detachedConversation(request, await create(this.#context, request, inBackground()), this.#handle);
  }

  /**
   * Returns the conversation of a name, also while its agent has yet to begin it: then `wait`, `attach`, `cancel` and
   * `status` find it. With `forkFrom`, the name of another conversation, the name need not
   * exist yet: the first message then forks that conversation under this name. This happens once, however
   * many processes send a message.
   *
   * @throws AppError `no_such_name`, whose hint may suggest a similar name; `ambiguous_name`
   */
  async get(
    name: string,
    options: WhichAgent & { forkFrom?: string | undefined } = {},
  ): Promise<Conversation> {
    const { agent, forkFrom } = checkOptions("get", options);
    try {
      return await this.#resolve(name, agent, forkFrom);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "no_such_name") throw error;
      const query = { name, agent, workspace: this.workspace };
      const [beginning] = await unendedTurns(this.#context, query);
      if (beginning !== undefined) return this.#handle({ name, agent: beginning.scope.agent }, forkFrom);
      if (forkFrom === undefined) throw error;
      const { agent: owner } = await this.#resolve(forkFrom, agent);
      return this.#handle({ name, agent: owner }, forkFrom);
    }
  }

  /**
   * Returns the conversation that this caller used last in the workspace. The caller is
   * `AGENT_SESSIONS_CALLER`, else the agent's conversation that this process runs in, else the terminal.
   *
   * @throws AppError `no_such_name`
   */
  async lastUsed(options: WhichAgent = {}): Promise<Conversation> {
    const asked = checkOptions("lastUsed", options);
    const { name, agent } = await lastUsed(this.#context, this.workspace, asked.agent);
    return this.#resolve(name, agent);
  }

  /**
   * Runs one turn in the workspace's own conversation, whose name is `.`, and begins it if there is none. `agent` is
   * needed where two agents have one; without it, Claude Code begins it.
   *
   * @throws AppError `ambiguous_name`, and as `send` and `create` do
   */
  ask(prompt: string, options: SendOptions & SignalOption & AskOnceOptions & WhichAgent = {}): Turn {
    return startTurn(this.#context, "ask", options, async (listener) => {
      const said = { name: OWN_NAME, prompt: checkText("prompt", prompt), workspace: this.workspace };
      const mode = { kind: "or-create", agent: options.agent ?? DEFAULT_AGENT } as const;
      return told(
        await send(this.#context, { ...turnRequest(this.#context, options), ...said, mode }, here(listener)),
      );
    });
  }

  /**
   * Runs one turn without keeping its conversation, unless `resumable` is set. If this process ends, the
   * answer is lost.
   *
   * @throws AppError `usage`, `agent_missing`, `prompt_empty`, `prompt_too_long`, `unsupported`
   */
  once(prompt: string, options: OnceOptions & SignalOption = {}): Turn {
    return startTurn(this.#context, "once", options, async (listener) => {
      const { agent = this.#defaultAgent, role: roleText, resumable: isResumable, ...rest } = options;
      const asked = {
        ...turnRequest(this.#context, rest, { runsHere: true }),
        roleText,
        isResumable,
        prompt: checkText("prompt", prompt),
      };
      return told(await once(this.#context, { ...asked, agent, workspace: this.workspace }, listener));
    });
  }

  /**
   * Runs one turn in the conversation that has this id of the agent's own, or whose id alone begins so (at least
   * 4 characters). The conversation needs no name.
   *
   * @throws AppError `conversation_lost` if that is known before the agent is started, and as `send` does,
   * except for the errors about names
   */
  resume(sessionId: string, prompt: string, options: SendOptions & SignalOption & WhichAgent = {}): Turn {
    return startTurn(this.#context, "resume", options, async (listener) => {
      const { agent = this.#defaultAgent, ...rest } = options;
      const said = { sessionId: checkText("session id", sessionId), prompt: checkText("prompt", prompt) };
      const request = { ...turnRequest(this.#context, rest), ...said, agent, workspace: this.workspace };
      return told(await resumeId(this.#context, request, listener));
    });
  }

  /** Returns the names of the workspace, the most recently used first unless `sort` says otherwise. */
  async list(options: ListOptions & Reach = {}): Promise<Listing> {
    return list(this.#context, this.#reach("list", options));
  }

  /**
   * Gives a name to a conversation that was begun in the agent's own window or by another program. Its cost
   * before the adoption is not counted.
   *
   * @throws AppError `no_such_conversation`; `name_exists`; `busy` while the name is being created;
   * `folder_missing`; `usage`
   */
  async adopt(name: string, options: AdoptOptions = {}): Promise<AdoptedConversation> {
    const request = this.#asked("adopt", options, { name: checkText("name", name) });
    const { name: given, agent, workspace: _, ...adopted } = await adopt(this.#context, request);
    return { conversation: this.#handle({ name: given, agent }), ...adopted };
  }

  /**
   * Takes a conversation that `Conversation.export` has written, on this machine or another one, and gives it a name in
   * this workspace; its next turn continues it, and its result says `restored`. The agent itself shows first that it can
   * continue the conversation; no model is asked. The file counts as a stranger's: nothing changes unless all of it is
   * right, and without `trust` its turns may only read.
   *
   * @throws AppError `file_refused` and `state_newer` for a file that can't be imported; `conversation_exists`,
   * `name_exists`; `usage` if it brings a role, a model or an effort and `acceptSettings` is not set, with these as facts;
   * `unsupported` for an agent whose conversations can't travel; `agent_missing`, `agent_failed`, `folder_missing`
   */
  async import(file: string, options: ImportOptions = {}): Promise<ImportedConversation> {
    const { acceptSettings = false, maxBytes: mostBytes, ...asked } = checkOptions("import", options);
    const imported = await importConversation(this.#context, {
      ...asked,
      from: checkText("file", file),
      workspace: this.workspace,
      acceptSettings,
      mostBytes,
    });
    // Only a function can decline.
    if (imported === undefined) throw new AppError("internal", "An import without an answer.");
    const { name, agent } = imported;
    return { ...imported, conversation: imported.isImported ? this.#handle({ name, agent }) : undefined };
  }

  /**
   * Returns the agents' own conversations that began in the workspace, the most recently used first; without
   * a limit, 20.
   *
   * @throws AppError `unsupported` for an agent whose conversations can't be found; `folder_missing` if there
   * are none and the folder does not exist either
   */
  async conversations(
    options: WhichAgent & { limit?: number | undefined } = {},
  ): Promise<FoundConversations> {
    return conversations(this.#context, this.#asked("conversations", options, {}));
  }

  /**
   * Moves names, all or none, to this workspace from one whose folder was moved and no longer exists.
   *
   * @throws AppError `usage` while the old workspace exists; `no_such_name`; `name_exists`; `busy` while
   * turns run or wait under one of the names; `folder_missing`
   */
  async rebind(from: string, options: RebindOptions = {}): Promise<Rebound> {
    return rebind(this.#context, this.#asked("rebind", options, { from: checkText("folder", from) }));
  }

  /** Removes all names of the workspace, or those of one agent. If that fails, none is removed. */
  async removeAll(options: WhichAgent = {}): Promise<Removed[]> {
    return removeAll(this.#context, this.#asked("removeAll", options, {}));
  }

  /** Returns the turns that have not ended, and the agents' open windows of named conversations. */
  async status(options: Reach = {}): Promise<Status> {
    return status(this.#context, this.#reach("sessions.status", options));
  }

  /** Returns what turns have used. Each turn is counted once; the turns of removed names are included. */
  async cost(options: CostOptions & Reach = {}): Promise<Costs> {
    return cost(this.#context, this.#reach("sessions.cost", options));
  }

  /**
   * Finds the turns whose prompt and answer together have all words, newest first. A word is found within other words and
   * in any case; a word with blanks is a phrase, whose blanks stand for any white space. Turns of removed names are
   * found, too.
   *
   * @throws AppError `usage` without a word; `unsupported` for an agent without transcripts, with `unnamed`
   */
  async search(words: readonly string[], options: SearchOptions & Reach = {}): Promise<SearchResult> {
    const { unnamed: isUnnamed, ...asked } = this.#reach("search", options);
    return search(this.#context, { ...asked, words: checkWords(words), isUnnamed });
  }

  /**
   * Brings a removed name back. With `movesAgo`, points the name at what it pointed at that many moves ago.
   *
   * @throws AppError `no_such_name` for a name that never existed, `name_exists`, `conversation_lost`,
   * `ambiguous_name`, `busy`, `usage`
   */
  async restore(
    name: string,
    options: WhichAgent & { movesAgo?: number | undefined } = {},
  ): Promise<Conversation> {
    const request = this.#asked("restore", options, { name: checkText("name", name) });
    const { name: given, agent } = await restore(this.#context, request);
    return this.#handle({ name: given, agent });
  }

  /**
   * Returns what a name has pointed at, newest first. The name may be removed.
   *
   * @throws AppError `no_such_name` for a name that never existed, `ambiguous_name`
   */
  async moves(name: string, options: WhichAgent = {}): Promise<Move[]> {
    const request = this.#asked("moves", options, { name: checkText("name", name) });
    return (await moves(this.#context, request)).moves;
  }

  /**
   * Returns how a gate of the workspace stands. With `shows`, a text for people to read, the gate need not exist yet; it waits
   * if it has shown another text, whatever was answered to that. It does not wait for the answer: ask again later.
   *
   * @throws AppError `no_such_gate`; `usage` for a text that is empty or too long, or an id that is no name; `busy`
   */
  async gate(id: string, options: GateOptions = {}): Promise<Gate> {
    const { shows } = checkOptions("gate", options);
    const query = this.#gate(id);
    return shows === undefined
      ? lookAtGate(this.#context, query)
      : askGate(this.#context, { ...query, shows });
  }

  /** Returns the gates of the workspace, or of all: those that wait first, then the newest. */
  async gates(options: Omit<Reach, "agent"> = {}): Promise<Gate[]> {
    return listGates(this.#context, this.#reach("gates", options).workspace);
  }

  /**
   * Approves what a gate shows now, for a person who has read it. The same answer once more changes nothing; another one
   * counts from now on.
   *
   * @throws AppError `no_such_gate`; `usage` if it shows another text than that of `sha256`, and in a turn of an agent; `busy`
   */
  async approveGate(id: string, options: GateAnswerOptions = {}): Promise<Gate> {
    return this.#answerGate(id, "approved", checkOptions("approveGate", options));
  }

  /** Refuses what a gate shows now, for a person who has read it. @throws AppError as `approveGate` does */
  async refuseGate(id: string, options: GateAnswerOptions = {}): Promise<Gate> {
    return this.#answerGate(id, "refused", checkOptions("refuseGate", options));
  }

  /**
   * Removes turns that ended long ago, and conversations that have had no name for a long time, of all
   * workspaces. The agents' own files are never touched. Of a store that machines share, results of ended turns and what
   * agents have printed are removed, too; `store` tells how much. Other methods do a little of this work by
   * themselves, once an hour.
   */
  async gc(options: GcOptions = {}): Promise<Collected & { store?: CollectedRows }> {
    const asked = checkOptions("gc", options);
    if (!asked.dryRun) await undoAbandoned(this.#context);
    return gcEverywhere(this.#context, asked);
  }

  /**
   * Breaks locks whose owners can't be seen from here, because they ran on machines or in containers that are
   * gone for good: the lock of the workspace's names and, if a name is given, the lock of its conversation,
   * whose turns are given up. Only a person can know that the owners are gone.
   *
   * @throws AppError `busy` if the owner of the lock runs here
   */
  async breakLock(name?: string, options: WhichAgent = {}): Promise<Broken> {
    return breakLock(this.#context, this.#asked("breakLock", options, { name }));
  }

  /** Returns what the plugin `session-persist` has saved in the workspace, the most recently seen first. */
  async checkpoints(): Promise<{ checkpoints: SavedCheckpoint[]; problems: string[] }> {
    return saved.listCheckpoints(this.#project);
  }

  /**
   * Makes the next conversation in the workspace start from a checkpoint. The checkpoint is given by its
   * session id, the beginning of that id, or `latest`, which is the default.
   *
   * @throws AppError `no_such_checkpoint`, `ambiguous_name`
   */
  async resumeNext(sessionId = "latest"): Promise<SavedCheckpoint> {
    return saved.resumeNext(this.#project, sessionId).checkpoint;
  }

  /**
   * Removes a checkpoint; the agent's own transcript stays. Of its id, at least 4 characters have to be given.
   *
   * @throws AppError as `resumeNext` does; `usage`
   */
  async removeCheckpoint(sessionId: string): Promise<SavedCheckpoint> {
    return saved.removeCheckpoint(this.#project, checkText("session id", sessionId));
  }

  /**
   * Removes the checkpoints of conversations without a sign of life for `olderThanMs` milliseconds, but not
   * those that were saved by hand and the one that the next conversation is to start from.
   */
  async removeOldCheckpoints(olderThanMs: number): Promise<SavedCheckpoint[]> {
    checkOptions("removeOldCheckpoints", { olderThanMs });
    const beforeMs = this.#context.now().getTime() - olderThanMs;
    return saved.removeOldCheckpoints(this.#project, beforeMs);
  }

  /**
   * Ends the agents that are kept warm and run no turn, and the connections to a store that machines share. Both also end
   * by themselves when this process does. The sessions can be used further.
   */
  async close(): Promise<void> {
    const { warm, line } = this.#context;
    await Promise.all([warm?.close(), line?.close()]);
  }

  #gate(id: string) {
    return { id: checkText("gate id", id), workspace: [this.workspace] } as const;
  }

  async #answerGate(id: string, decision: GateDecision, options: GateAnswerOptions): Promise<Gate> {
    return (await answerGate(this.#context, { ...options, ...this.#gate(id), decision })).gate;
  }

  readonly #handle = (place: Omit<Place, "workspace">, forkFrom?: string) =>
    new Conversation(this.#context, { ...place, workspace: this.workspace }, forkFrom);

  async #resolve(name: string, agent: string | undefined, forkFrom?: string): Promise<Conversation> {
    const { scope, entry } = await resolveName(this.#context, this.workspace, checkText("name", name), agent);
    return this.#handle({ name: entry.name, agent: scope.agent }, forkFrom);
  }

  #createRequest(name: string, { agent = this.#defaultAgent, role: roleText, ...options }: CreateOptions) {
    const asked = { ...turnRequest(this.#context, options), name: checkText("name", name), roleText };
    return { ...asked, agent, workspace: this.workspace };
  }

  #asked<Options extends object, More extends object>(method: Method, options: Options, more: More) {
    return { ...checkOptions(method, options), ...more, workspace: this.workspace };
  }

  #reach<Options extends Reach>(method: Method, options: Options) {
    const { everywhere = false, ...rest } = checkOptions(method, options);
    return { ...rest, workspace: everywhere ? undefined : this.workspace };
  }
}
