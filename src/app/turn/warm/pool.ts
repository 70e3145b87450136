import { join } from "node:path";
import type { Agent, Command } from "../../../domain/agent/agent.ts";
import type { WarmForm } from "../../../domain/agent/warm.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import type { NextTurn } from "../../../stores/file/keepers.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { agentOf } from "../../../stores/file/warm-folders.ts";
import { listFolder } from "../../../system/files/folder.ts";
import { createFile, makeFolder } from "../../../system/files/write.ts";
import { availableMemory } from "../../../system/places/memory.ts";
import { programState } from "../../../system/processes/executable.ts";
import { livenessOf } from "../../../system/processes/identity.ts";
import { canSeeMarks } from "../../../system/processes/mark.ts";
import type { Context } from "../../context.ts";
import { readConversation } from "../../conversation/conversation.ts";
import type { RunningAgent, WarmAgents } from "../../warm-agents.ts";
import { findOurProgram } from "../our-program.ts";
import { LONGEST_TIMER_MS } from "../running/deadline.ts";
import { nextAfter, planNext } from "./next-turn.ts";
import { StartState } from "./start-state.ts";
import { type Fit, WarmAgent } from "./warm-agent.ts";

/** A warm claude 2.1.329 has 120 to 200 MB. */
const MOST_AGENTS = 4;
const MEMORY_BYTES = 1024 ** 3;

/** A process that stays. */
interface Staying {
  file: string;
  args: readonly string[];
  env: Command["env"];
  /** The state of the agent's program; absent if it can't be told. */
  agent: ReturnType<typeof programState>;
}

/**
 * Keeps agents warm: a process that has run a turn stays for `keepMs` and runs the next turn of its conversation, if
 * nothing has changed that a new process would see. It is only a cache. The conversation is locked for each turn as
 * without it, and in doubt the process is closed and the turn has one of its own.
 */
export class WarmPool implements WarmAgents {
  private readonly agents = new Map<string, WarmAgent>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly startStates = new Map<string, StartState>();
  /** The conversations for whose next turn an agent is being started. */
  private readonly preparing = new Map<string, Promise<void>>();
  /** The programs that have not answered, and the processes that can't run a turn as it would run by itself. */
  private readonly unable = new Set<string>();

  /**
   * @param keepMsAfter how long an agent stays after this turn; with 0 it does not
   * @param onChange called when an agent has come or gone
   */
  constructor(
    private readonly context: Context,
    private readonly keepMsAfter: (turnId: string) => number,
    private readonly onChange: () => void = () => undefined,
  ) {}

  /** How many agents there are. */
  get size(): number {
    return this.agents.size;
  }

  owns(pid: number): boolean {
    return [...this.agents.values()].some((agent) => agent.pid === pid);
  }

  async begin(turn: OpenTurn, signal: AbortSignal | undefined): Promise<RunningAgent | undefined> {
    const { plan } = turn;
    const key = keyOf(plan);
    if (key === undefined) return undefined;
    await this.preparing.get(key);
    clearTimeout(this.timers.get(key));
    const agent = this.context.findAgent(plan.scope.agent);
    const staying = this.stayingFor(agent, turn);
    const fit = staying && this.fitOf(agent, staying, turn);
    let found = this.agents.get(key);
    if (found !== undefined && (fit === undefined || !found.fits(fit, transcriptOf(plan)))) {
      await this.drop(key, found);
      found = undefined;
    }
    if (fit === undefined || staying === undefined || agent.warm === undefined) return undefined;
    // It would not be used again.
    if (found === undefined && this.keepMsAfter(plan.turnId) === 0) return undefined;
    try {
      if (found === undefined && !(await this.hasRoom(true))) return undefined;
      found ??= await this.start(key, agent, agent.warm, fit, staying, plan);
      const running = await found.begin(turn, signal);
      if (typeof running === "object") return running;
      if (running === "never") this.unable.add(keyOfFit(fit));
      if (running === "mute") this.unable.add(muteKeyOf(staying));
    } catch (error) {
      // Without one, the turn has an agent of its own: what went wrong may concern only this one.
      if (signal?.aborted || turn.folder.cancellation() !== undefined) {
        await this.leave(key, found, turn);
        throw error;
      }
    }
    await this.leave(key, found, turn);
    return undefined;
  }

  async prepare(next: NextTurn): Promise<void> {
    const key = keyOfSession(next.scope.agent, next.sessionId);
    if (this.agents.has(key) || this.preparing.has(key)) return;
    const prepared = this.startFor(key, next).catch(() => undefined);
    this.preparing.set(key, prepared);
    await prepared;
    this.preparing.delete(key);
  }

  private async startFor(key: string, next: NextTurn): Promise<void> {
    const agent = this.context.findAgent(next.scope.agent);
    // Read before the process reads the conversation: whoever writes to it in between is noticed at the next turn.
    const { turn, transcript } = await planNext(this.context, next);
    const staying = this.stayingFor(agent, turn);
    const fit = staying && this.fitOf(agent, staying, turn);
    if (fit === undefined || staying === undefined || agent.warm === undefined) return;
    if (transcript === undefined || !(await this.hasRoom(false))) return;
    const started = await this.start(key, agent, agent.warm, fit, staying, turn.plan);
    started.await(transcript);
    this.keepFor(next.keepMs, key, started);
  }

  async settled(
    { plan }: OpenTurn,
    { sessionId, outcome }: Pick<TurnResult, "sessionId" | "outcome">,
  ): Promise<void> {
    const keepMs = this.keepMsAfter(plan.turnId);
    const next = outcome === "succeeded" ? nextAfter(plan, sessionId, keepMs) : undefined;
    if (next !== undefined) return this.prepare(next);
    const key = keyOf(plan);
    const found = key === undefined ? undefined : this.agents.get(key);
    if (key === undefined || found === undefined) return;
    // Started ahead while the turn ran elsewhere: it knows nothing of it.
    if (!found.isRunning) return this.drop(key, found);
    const isSame = plan.kind === "send" && sessionId === plan.sessionId && outcome !== "failed";
    const transcript = isSame ? await this.transcriptAfter(plan) : undefined;
    if (!found.rest(transcript) || keepMs === 0) return this.drop(key, found);
    this.keepFor(keepMs, key, found);
  }

  private keepFor(keepMs: number, key: string, agent: WarmAgent): void {
    const timer = setTimeout(() => this.drop(key, agent), Math.min(keepMs, LONGEST_TIMER_MS));
    timer.unref();
    this.timers.set(key, timer);
  }

  async giveUp({ plan }: OpenTurn): Promise<void> {
    const key = keyOf(plan);
    const found = key === undefined ? undefined : this.agents.get(key);
    if (key !== undefined && found !== undefined) await this.drop(key, found);
  }

  async close(): Promise<void> {
    await Promise.all(this.preparing.values());
    const all = [...this.agents];
    for (const [, agent] of all) agent.retire();
    const idle = all.filter(([, agent]) => !agent.isRunning);
    await Promise.all(idle.map(([key, agent]) => this.drop(key, agent)));
  }

  /** Ends an agent that has not begun a turn, and leaves no trace of it in the turn. */
  private async leave(key: string, agent: WarmAgent | undefined, { folder }: OpenTurn): Promise<void> {
    if (agent !== undefined) await this.drop(key, agent);
    folder.forgetAgent();
  }

  /** Returns the transcript as the recorded end of the turn has found it. */
  private async transcriptAfter({ scope, sessionId = "" }: TurnPlan) {
    try {
      const { last } = await readConversation(this.context, { agent: scope.agent, sessionId });
      return last?.transcript;
    } catch {
      return undefined;
    }
  }

  private async start(
    key: string,
    agent: Agent,
    form: WarmForm,
    fit: Fit,
    { file, args: asked, env }: Staying,
    { cwd, roleText, turnId }: TurnPlan,
  ): Promise<WarmAgent> {
    const { home, turns } = this.context;
    const folder = join(home.warmFolder, this.context.newUuid());
    makeFolder(folder);
    const { rolePath } = turns.find(turnId);
    const ownRolePath = join(folder, "role.md");
    // The turn's own folder is gone when the turn is over.
    if (roleText !== undefined) createFile(ownRolePath, roleText, { sync: false });
    const args = asked.map((arg) => (arg === rolePath ? ownRolePath : arg));
    const started = await WarmAgent.start(this.context, agent, form, fit, { file, args, env, cwd, folder });
    this.agents.set(key, started);
    this.onChange();
    return started;
  }

  /** Whether there is room for one more agent; may make some by ending the one used least recently that runs no turn. */
  private async hasRoom(mayEnd: boolean): Promise<boolean> {
    const available = availableMemory();
    if (available === undefined) return false;
    const all = this.agents.size + this.ofOthers();
    const most = Math.min(MOST_AGENTS, all + Math.floor(available / MEMORY_BYTES));
    if (all < most) return true;
    if (!mayEnd) return false;
    const idle = [...this.agents].filter(([, agent]) => !agent.isRunning);
    const [oldest] = idle.sort(([, left], [, right]) => left.usedMs - right.usedMs);
    if (oldest === undefined) return false;
    await this.drop(...oldest);
    return most > 0;
  }

  /** Returns how many agents other processes keep warm with this state home. */
  private ofOthers(): number {
    return listFolder(this.context.home.warmFolder).filter((name) => {
      const agent = agentOf(join(this.context.home.warmFolder, name));
      return agent !== undefined && !this.owns(agent.pid) && livenessOf(agent) === "alive";
    }).length;
  }

  private async drop(key: string, agent: WarmAgent): Promise<void> {
    clearTimeout(this.timers.get(key));
    if (this.agents.get(key) === agent) {
      this.agents.delete(key);
      this.timers.delete(key);
    }
    await agent.close();
    this.onChange();
  }

  /** Returns the process that can run the turn and stay; undefined if the turn needs one of its own. */
  private stayingFor({ warm, bridge: bridgeFor }: Agent, { plan, bridge }: OpenTurn): Staying | undefined {
    const isPlain = plan.kind === "send" && plan.schemaText === undefined && plan.retry === undefined;
    // Without /proc, other commands could not see that the process does nothing between turns.
    if (warm === undefined || !isPlain || !canSeeMarks()) return undefined;
    const agent = programState(plan.command.file);
    const { env } = plan.command;
    if (bridgeFor === undefined) {
      const { file, args } = plan.command;
      return plan.promptId === undefined ? undefined : { file, args, env, agent };
    }
    const [node, ...program] = (bridge && findOurProgram(this.context, bridge.program)) ?? [];
    if (bridge === undefined || node === undefined) return undefined;
    return { file: node, args: [...program, ...bridge.args], env, agent };
  }

  /** Returns what a process must have been started with to run a turn; undefined if none may be used. */
  private fitOf(agent: Agent, staying: Staying, { plan, folder }: OpenTurn): Fit | undefined {
    const { warm } = agent;
    if (warm === undefined || this.unable.has(muteKeyOf(staying))) return undefined;
    const { env } = this.context;
    const { roleText, cwd } = plan;
    const args = staying.args.map((arg) => (arg === folder.rolePath ? "role" : arg));
    const variables = Object.entries(env).sort(([left], [right]) => (left < right ? -1 : 1));
    const text = JSON.stringify([staying.file, args, staying.env, roleText, cwd, staying.agent, variables]);
    const state = this.startStates.get(agent.name) ?? new StartState(warm, env);
    this.startStates.set(agent.name, state);
    const files = state.of(cwd, args);
    if (files === undefined) return undefined;
    const fit = { command: text, files };
    return this.unable.has(keyOfFit(fit)) ? undefined : fit;
  }
}

function keyOf(plan: TurnPlan): string | undefined {
  return plan.kind === "send" ? keyOfSession(plan.scope.agent, plan.sessionId) : undefined;
}

function keyOfSession(agent: string, sessionId: string): string {
  return `${agent} ${sessionId}`;
}

function muteKeyOf({ file, args, agent }: Staying): string {
  return JSON.stringify([file, args[0], agent]);
}

function keyOfFit({ command, files }: Fit): string {
  return JSON.stringify([command, files]);
}

function transcriptOf(plan: TurnPlan) {
  return plan.kind === "send" ? plan.transcriptMark : undefined;
}
