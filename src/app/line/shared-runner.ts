import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { eachOf, type Workspaces as Meant } from "../../domain/names/workspaces.ts";
import type {
  KeptTurn,
  RequestClaim,
  RequestPlace,
  Runner,
  TurnOutput,
  TurnProgress,
  TurnsMeant,
  UnendedTurn,
} from "../../domain/runner.ts";
import type { Cancellation } from "../../domain/turn/cancellation.ts";
import type { LinePlace, LineTurn, TurnLine } from "../../domain/turn/line.ts";
import { LineSplitter } from "../../system/lines/splitter.ts";
import { doingBy, tokensBy } from "../turn/running/doing.ts";
import { isTurnId } from "../turn/ticket.ts";
import { outlast } from "../watch/outlast.ts";
import type { Workspaces } from "./workspaces.ts";

/** A notice can be missed while a connection is made anew. */
const LOOK_MS = 500;
/** How much of the end of an agent's output is fetched to see what it does; of longer outputs the tokens are not added up. */
const TAIL_BYTES = 256 * 1024;

/** Turns on a line that machines share: whoever works on it sees to them. */
export class SharedRunner implements Runner {
  constructor(
    private readonly line: () => Promise<TurnLine>,
    private readonly workspaces: Workspaces,
    private readonly findAgent: (name: string) => Agent,
  ) {}

  async accept(): Promise<void> {
    throw new AppError("unsupported", "A turn of this machine can't be put into a line that machines share.");
  }

  async run(): Promise<void> {
    // Workers run what waits.
  }

  /** Whoever works on a turn records its end, nobody else can; but what is found from now on is in the folders that are meant. */
  async refresh({ workspace }: TurnsMeant): Promise<void> {
    if (workspace !== undefined) for (const folder of eachOf(workspace)) this.workspaces.idIfAny(folder);
  }

  claim(place: RequestPlace, id: string): RequestClaim {
    const shared: LinePlace =
      "sessionId" in place ? place : { ...place, workspace: this.workspaces.idOf(place.workspace) };
    return {
      made: async () => {
        const made = await (await this.line()).made(shared, id);
        return made && { turnId: made.turnId, note: made.promptSha, owner: "alive" };
      },
      take: async () => {
        throw new AppError(
          "unsupported",
          "A request is claimed with its turn on a line that machines share.",
        );
      },
    };
  }

  async unended({ workspace, agent, sessionId }: TurnsMeant): Promise<UnendedTurn[]> {
    const turns = await (await this.line()).list({ workspaces: this.idsOf(workspace), agent, sessionId });
    const unended = turns.map((turn) => this.unendedTurn(turn));
    return sessionId === undefined ? unended : unended.filter(({ state }) => state !== "queued");
  }

  async look(turnId: string): Promise<UnendedTurn | KeptTurn | undefined> {
    if (!isTurnId(turnId)) return undefined;
    const turn = await (await this.line()).find(turnId);
    return turn && (this.keptTurn(turn) ?? this.unendedTurn(turn));
  }

  async kept({ workspace, agent }: Pick<TurnsMeant, "workspace" | "agent">): Promise<KeptTurn[]> {
    const meant = { workspaces: this.idsOf(workspace), agent, areEnded: true };
    return (await (await this.line()).list(meant)).flatMap((turn) => this.keptTurn(turn) ?? []);
  }

  async changed(turnId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await (await this.line()).changed(turnId, Math.max(timeoutMs, LOOK_MS), signal);
  }

  async whyWaiting(turnId: string): Promise<string | undefined> {
    const line = await this.line();
    const turn = await line.find(turnId);
    if (turn === undefined || turn.state === "ended") return undefined;
    if (turn.state === "running" || turn.waitsBecause !== undefined) return turn.waitsBecause;
    const { agent, workspace } = turn.order.scope;
    if (await line.isServed({ agent, workspace })) return undefined;
    return `No worker takes turns of ${agent} in ${workspace} now.`;
  }

  async progress(
    turnId: string,
    { withTokens = false }: { withTokens?: boolean } = {},
  ): Promise<TurnProgress | undefined> {
    const line = await this.line();
    const turn = await line.find(turnId);
    if (turn === undefined || turn.state === "ended") return undefined;
    const { bytes, at, tail } = await line.saidSoFar(turnId, TAIL_BYTES);
    const { scope, stallMs, acceptedAt } = turn.order;
    const agent = this.findAgent(scope.agent);
    const lines = linesOf(tail);
    const silentMs = Date.now() - Date.parse(at ?? turn.begunAt ?? acceptedAt);
    return {
      lastOutputAt: at,
      outputBytes: bytes,
      doing: doingBy(agent, lines),
      isStalled: stallMs !== undefined && turn.begunAt !== undefined && silentMs > stallMs,
      isLeftBehind: false,
      tokens: withTokens && tail.length === bytes ? tokensBy(agent, lines) : undefined,
    };
  }

  async prompt(turnId: string): Promise<string | undefined> {
    return (await this.line()).prompt(turnId);
  }

  async output(
    turnId: string,
    { fromNow = false }: { fromNow?: boolean | undefined } = {},
  ): Promise<TurnOutput | undefined> {
    const line = await this.line();
    if ((await line.find(turnId)) === undefined) return undefined;
    const nothing = { attempt: 0, next: 0 };
    const start = fromNow ? await line.said(turnId, nothing) : nothing;
    const closing = new AbortController();
    const chunks = async function* (over: Promise<unknown>): AsyncGenerator<Buffer> {
      const ended = new AbortController();
      over.then(
        () => ended.abort(),
        // Whoever can't find out how the turn ends does not read on.
        () => closing.abort(),
      );
      const signal = AbortSignal.any([ended.signal, closing.signal]);
      for (let from: { attempt: number; next: number } = start; ; ) {
        const isOver = signal.aborted;
        const said = await outlast(
          () => line.said(turnId, from),
          () => closing.signal.aborted,
        );
        from = said;
        if (said.bytes.length > 0) yield Buffer.from(said.bytes);
        else if (isOver) return;
        else await line.changed(turnId, LOOK_MS, signal);
      }
    };
    return { chunks, close: () => closing.abort() };
  }

  async askToEnd(turnId: string, by: Cancellation): Promise<void> {
    await (await this.line()).askToEnd(turnId, by);
  }

  private idsOf(meant: Meant): string[] | undefined {
    return meant === undefined ? undefined : eachOf(meant).map((folder) => this.workspaces.idOf(folder));
  }

  private sent({ order, sessionId }: LineTurn) {
    const { turnId, scope, name, acceptedAt } = order;
    const workspace = this.workspaces.folderOf(scope.workspace);
    return {
      turnId,
      scope: { ...scope, workspace },
      name,
      acceptedAs: name,
      sessionId: sessionId ?? order.sessionId,
      asked: { startedAt: acceptedAt },
      workspace,
    };
  }

  private unendedTurn(turn: LineTurn): UnendedTurn {
    const { order, state, begunAt, worker, waitsBecause } = turn;
    const { acceptedAt, calledBy, deadlineAt } = order;
    // A worker looks again and again whether it can begin one that it has given back.
    const isQueued = state === "queued" || waitsBecause !== undefined;
    return {
      ...this.sent(turn),
      state: isQueued ? "queued" : "running",
      since: isQueued ? acceptedAt : (begunAt ?? acceptedAt),
      calledBy,
      deadlineAt,
      worker: isQueued ? undefined : worker,
      waitsBecause,
    };
  }

  private keptTurn(turn: LineTurn): KeptTurn | undefined {
    if (turn.state !== "ended" || turn.result === undefined) return undefined;
    const { workspace, ...sent } = this.sent(turn);
    return { ...sent, state: "ended", result: { ...turn.result, workspace } };
  }
}

function linesOf(bytes: Uint8Array): Iterable<Buffer> {
  const splitter = new LineSplitter();
  return [...splitter.push(Buffer.from(bytes)), ...splitter.rest()];
}
