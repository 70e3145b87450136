import { failureInSuccess } from "../agents/acp/claims.ts";
import { namedId } from "../agents/acp/identity.ts";
import { type AcpResult, REFUSALS } from "../agents/acp/lines.ts";
import { asPermissionRequest, mayUse, outcomeOf } from "../agents/acp/permission.ts";
import type { AcpSettings } from "../agents/acp/settings.ts";
import { maybe, object, text } from "../domain/shape.ts";
import {
  applySettings,
  explain,
  initialize,
  NoSession,
  openSession,
  refuseUnfit,
  type Told,
} from "./acp-session.ts";
import { AcpUpdates, asNotice } from "./acp-updates.ts";
import { Refused, type Reply, RpcProcess } from "./rpc.ts";

/** How long an agent may take to end its turn when it is asked to; whoever ends the turn kills after 3 s. */
const CANCEL_MS = 1_500;

const asStopped = object({ stopReason: maybe(text) });

export interface AcpPlace {
  cwd: string;
  print(value: object): void;
  complain(message: string): void;
}

/** Runs one prompt by an agent that speaks ACP, and prints what comes of it in lines of our own. */
export class AcpTurn {
  private readonly rpc: RpcProcess;
  private readonly updates: AcpUpdates;
  /** The agent's id of the conversation, once it is open. */
  private sessionId: string | undefined;
  private isPrompted = false;
  private isCancelled = false;

  constructor(
    private readonly settings: AcpSettings,
    private readonly command: readonly string[],
    private readonly place: AcpPlace,
  ) {
    this.updates = new AcpUpdates(place.print, settings.partials);
    const onNotification = (method: string, params: unknown) => {
      if (method === "session/update") this.take(params);
    };
    const replyTo = (method: string, params: unknown) => this.replyTo(method, params);
    this.rpc = new RpcProcess(command, onNotification, replyTo, { jsonrpc: "2.0" });
  }

  /** Resolves with the exit code when the agent is gone: 0 only for a turn that has succeeded. */
  async run(prompt: string): Promise<number> {
    const result = await this.ask(prompt).catch((error: unknown) => this.resultOf(error));
    if (result !== undefined) this.place.print(result);
    await this.rpc.end();
    if (result === undefined) return (await this.rpc.exited) || 1;
    return result.is_error ? 1 : 0;
  }

  /** Ends the turn: as the agent ends it, or without the agent. */
  async cancel(): Promise<void> {
    if (this.isCancelled) return;
    this.isCancelled = true;
    if (!this.isPrompted) return this.rpc.end();
    this.rpc.notify("session/cancel", { sessionId: this.sessionId });
    const late = new Promise<void>((resolve) => setTimeout(resolve, CANCEL_MS).unref());
    await Promise.race([late, this.rpc.exited]);
    await this.rpc.end();
  }

  private async ask(prompt: string): Promise<AcpResult> {
    const { settings, rpc } = this;
    const told = await initialize(rpc, this.command[0]?.split("/").at(-1) ?? "");
    this.place.print({ type: "agent", name: told.name, version: told.version });
    refuseUnfit(settings, told);
    const id = await this.open(told);
    const sessionId = this.idFor(id, told);
    const { known_by } = this;
    this.place.print({
      type: "session",
      session_id: sessionId,
      agent_version: told.version,
      model: this.model,
      known_by,
    });
    if (settings.access !== undefined && settings.access !== "full" && settings.mode === undefined)
      this.updates.warn(
        `${told.name} itself decides what it asks for; what it asks for beyond ${settings.access} is refused.`,
      );
    this.isPrompted = true;
    const { stopReason = "" } =
      asStopped(
        await rpc.request("session/prompt", { sessionId: id, prompt: [{ type: "text", text: prompt }] }),
      ) ?? {};
    const { text: answer, hasSpoken, lastPiece, stranger } = this.updates.end();
    if (stranger !== undefined && !hasSpoken)
      return {
        type: "result",
        session_id: sessionId,
        is_error: true,
        reason: "failed",
        text: `${REFUSALS.elsewhere}: in ${stranger} instead of ${id}.`,
      };
    const failure = failureInSuccess({ stopReason, hasSpoken, lastPiece });
    return {
      type: "result",
      session_id: sessionId,
      is_error: failure !== undefined,
      reason: stopReason,
      text: failure ?? answer,
    };
  }

  private known_by: "history" | "id" | undefined;
  private model: string | undefined;

  /** Opens the conversation and sets what was asked for. */
  private async open(told: Told): Promise<string> {
    const { settings, rpc } = this;
    try {
      const opened = await openSession(rpc, settings, told, this.place.cwd);
      const { id } = opened;
      const isShown = this.updates.begin(id);
      if (settings.session.kind === "resume") {
        if (told.can.load && !isShown)
          throw new NoSession("lost", `${REFUSALS.lost}: it has loaded an empty one under the id ${id}.`);
        this.known_by = told.can.load ? "history" : "id";
      }
      this.sessionId = id;
      this.model = await applySettings(rpc, settings, opened);
      return id;
    } catch (error) {
      if (error instanceof Refused)
        throw explain(
          error,
          this.sessionId === undefined && settings.session.kind !== "new" ? "open" : "other",
        );
      throw error;
    }
  }

  /** Returns the id that the conversation has outside of the agent. */
  private idFor(id: string, { name }: Told): string {
    const { session, namesAgent } = this.settings;
    const isNamed = session.kind === "resume" ? session.of !== undefined : namesAgent;
    return isNamed ? namedId(id, name) : id;
  }

  private resultOf(error: unknown): AcpResult | undefined {
    const failure = error instanceof Refused ? explain(error, "other") : error;
    if (failure instanceof NoSession)
      return { type: "result", is_error: true, reason: failure.reason, text: failure.message };
    const when = this.isPrompted ? "in the middle of its turn" : "before its turn began";
    this.place.complain(this.isCancelled ? "The turn was cancelled." : `The agent has ended ${when}.`);
    return undefined;
  }

  private take(params: unknown): void {
    const notice = asNotice(params);
    if (notice !== undefined) this.updates.take(notice.sessionId, notice.update);
  }

  private replyTo(method: string, params: unknown): Reply {
    const request = method === "session/request_permission" ? asPermissionRequest(params) : undefined;
    if (request === undefined) return { error: { code: -32601, message: `${method} is not supported here` } };
    const { toolCallId = "", title = "", locations } = request.toolCall;
    const known = this.updates.tool(toolCallId);
    const kind = request.toolCall.kind ?? known?.kind ?? "other";
    const paths = (locations ?? known?.locations ?? []).map(({ path }) => path);
    const isAllowed = !this.isCancelled && mayUse(this.settings.access, kind, paths, this.place.cwd);
    if (!isAllowed) this.updates.warn(`Refused what the agent asked for: ${title || known?.title || kind}`);
    return { result: outcomeOf(request, isAllowed) };
  }
}
