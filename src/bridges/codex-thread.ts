import { ExecLines, type Notification } from "../agents/codex/app-server/exec-lines.ts";
import {
  type Asked,
  asConfig,
  askedOf,
  asModels,
  type Config,
  isAsAsked,
  type Place,
  type ThreadSettings,
} from "../agents/codex/app-server/settings.ts";
import type { Said, Told } from "../agents/codex/app-server/talk.ts";
import { object, text } from "../domain/shape.ts";
import { version } from "../domain/version.ts";
import { Refused, type Reply, RpcProcess } from "./rpc.ts";

/** How long the server may take to let go of its thread. */
const LET_GO_MS = 5_000;
/** How long the server may take to begin a turn of which nobody is left to ask. */
const BEGIN_MS = 15_000;

const asOfThread = object({ threadId: text });
const asLetGo = object({ status: text });
const asTurn = object({ turn: object({ id: text }) });
const asItem = object({ item: object({ type: text }) });

/** What the server says of itself. */
interface Known {
  config: Config;
  defaultModel: string | undefined;
}

/** The turn for which the thread was taken. */
interface Current {
  prompt: string;
  asked: Asked | undefined;
  /** What has come before the server has said which turn is ours. */
  early: Notification[];
  lines?: ExecLines;
  /** Which turn that is; absent before the prompt is sent. */
  turnId?: Promise<string | undefined>;
}

/**
 * Runs the turns of one thread, one after another, by an app server of codex, and prints for each what `codex exec
 * --json` would print. Between turns the thread is let go of, so that others can have it.
 */
export class CodexThread {
  private readonly server: RpcProcess;
  private readonly known: Promise<Known | undefined>;
  private current: Current | undefined;
  private isInputEnded = false;
  /** Whether agents of the thread may still be at work when its turn is over. */
  private hasHelpers = false;
  private onClosed: (() => void) | undefined;

  constructor(
    private readonly settings: ThreadSettings,
    private readonly placeNow: () => Place,
    command: readonly string[],
    private readonly print: (value: object) => void,
    private readonly complain: (message: string) => void,
  ) {
    const onNotification = (method: string, params: unknown) => this.take({ method, params });
    this.server = new RpcProcess(command, onNotification, replyTo);
    this.known = this.begin().catch((error: unknown) => {
      this.complain(String(error));
      return undefined;
    });
  }

  /** Resolves with the exit code of the server, which is no success in the middle of a turn. */
  get exited(): Promise<number> {
    return this.server.exited.then((code) => (this.current?.turnId === undefined ? code : code || 1));
  }

  async told(told: Told): Promise<void> {
    switch (told.do) {
      case "resume":
        return this.resume(told);
      case "prompt":
        return this.run(told);
      case "interrupt":
        return this.say({ type: "bridge.answer", request: told.request, done: await this.interrupt() });
    }
  }

  /** Ends the server, when the turn is over that it runs. */
  async endInput(): Promise<void> {
    this.isInputEnded = true;
    const begins = this.current?.turnId;
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), BEGIN_MS).unref());
    if (begins === undefined || (await Promise.race([begins, late])) === undefined) await this.server.end();
  }

  private async begin(): Promise<Known | undefined> {
    const clientInfo = { name: "agent-sessions", title: null, version };
    await this.server.request("initialize", {
      clientInfo,
      capabilities: {
        experimentalApi: true,
        optOutNotificationMethods: ["item/agentMessage/delta", "item/commandExecution/outputDelta"],
      },
    });
    this.server.notify("initialized");
    const { folder: cwd } = this.placeNow();
    const found = asConfig(await this.server.request("config/read", { includeLayers: false, cwd }));
    if (found === undefined) return undefined;
    const { config } = found;
    const models =
      (this.settings.model ?? config.model) === undefined
        ? asModels(await this.server.request("model/list", {}))
        : undefined;
    const isFilled = (table: object = {}) => Object.values(table).some((value) => value !== null);
    this.say({ type: "bridge.able", servers: isFilled(config.mcp_servers) || isFilled(config.hooks) });
    return { config, defaultModel: models?.data.find(({ isDefault }) => isDefault)?.model };
  }

  /** Takes the thread for a turn, unless it can't be had as `codex exec` would have it. */
  private async resume({ request, prompt, variables }: Told & { do: "resume" }): Promise<void> {
    this.say({ type: "bridge.turn", prompt });
    const known = await this.known;
    const place = this.placeNow();
    const asked = known && askedOf(this.settings, known.config, place, known.defaultModel);
    this.current = { prompt, asked, early: [] };
    if (known === undefined || asked === undefined)
      return this.say({ type: "bridge.answer", request, done: false, never: true });
    const { threadId } = this.settings;
    const { model, provider: modelProvider, sandbox } = asked;
    const names = variables.map(([name, value]) => [`shell_environment_policy.set.${name}`, value]);
    const resumed = await this.server
      .request("thread/resume", {
        threadId,
        excludeTurns: true,
        cwd: place.folder,
        runtimeWorkspaceRoots: [place.folder],
        model,
        modelProvider,
        sandbox,
        approvalPolicy: "never",
        config: Object.fromEntries(names),
      })
      .catch((error: unknown) => this.complain(String(error)));
    const done = isAsAsked(resumed, asked, known.config, place.folder);
    if (done) this.print(ExecLines.started(threadId));
    this.say({ type: "bridge.answer", request, done });
  }

  private async run({ prompt, text: words }: Told & { do: "prompt" }): Promise<void> {
    const { current, settings } = this;
    // Whoever speaks so speaks another language: nothing of it is run.
    if (current?.asked === undefined || current.prompt !== prompt) return this.server.end();
    this.say({ type: "bridge.busy" });
    const begun = this.server.request("turn/start", {
      threadId: settings.threadId,
      input: [{ type: "text", text: words }],
      clientUserMessageId: prompt,
      effort: current.asked.effort,
    });
    current.turnId = begun.then(
      (answer) => asTurn(answer)?.turn.id,
      () => undefined,
    );
    try {
      const id = asTurn(await begun)?.turn.id;
      if (id === undefined) throw new Error("turn/start: the answer names no turn");
      current.lines = new ExecLines(settings.threadId, id);
      for (const notification of current.early.splice(0)) this.take(notification);
    } catch (error) {
      this.complain(String(error));
      // Only after a refusal it is certain that nothing runs.
      if (error instanceof Refused) await this.finish();
      else await this.server.end();
    }
  }

  private async interrupt(): Promise<boolean> {
    const turnId = await this.current?.turnId;
    if (turnId === undefined) return false;
    const { threadId } = this.settings;
    return this.server.request("turn/interrupt", { threadId, turnId }).then(
      () => true,
      () => false,
    );
  }

  private take(notification: Notification): void {
    const { current } = this;
    const { method, params } = notification;
    if (method === "thread/closed" && asOfThread(params)?.threadId === this.settings.threadId) {
      this.onClosed?.();
      if (current?.turnId !== undefined) {
        this.complain("codex has closed the thread in the middle of its turn");
        this.server.end();
      }
    }
    if (current === undefined) return;
    const { lines } = current;
    if (lines === undefined) {
      current.early.push(notification);
      return;
    }
    if (asItem(params)?.item.type === "collabAgentToolCall") this.hasHelpers = true;
    for (const line of lines.linesFor(notification)) this.print(line);
    if (lines.endIn(notification) !== undefined) this.finish();
  }

  /** Says that the turn is over before anything else can go wrong, and lets go of the thread. */
  private async finish(): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    this.current = undefined;
    this.say({ type: "bridge.over", prompt: current.prompt });
    const isFree = await this.letGo();
    if (!isFree || this.isInputEnded || this.hasHelpers) return this.server.end();
    this.say({ type: "bridge.idle" });
  }

  /** codex 0.171.0: the thread can be had again only when the server has said that it is closed. */
  private async letGo(): Promise<boolean> {
    const { threadId } = this.settings;
    const closed = new Promise<boolean>((resolve) => {
      this.onClosed = () => resolve(true);
    });
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), LET_GO_MS).unref());
    try {
      const answer = asLetGo(await this.server.request("thread/unsubscribe", { threadId }));
      return answer?.status === "notLoaded" || (await Promise.race([closed, late]));
    } catch {
      return false;
    }
  }

  private say(said: Said): void {
    this.print(said);
  }
}

/** Answers as `codex exec` does: nobody is there to be asked. */
function replyTo(method: string): Reply {
  if (method === "mcpServer/elicitation/request") return { result: { action: "cancel", content: null } };
  return { error: { code: -32000, message: `${method} is not supported here` } };
}
