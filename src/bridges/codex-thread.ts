import { ExecLines, type Notification } from "../agents/codex/app-server/exec-lines.ts";
import {
  type Asked,
  asConfig,
  askedOf,
  type Place,
  type ThreadSettings,
} from "../agents/codex/app-server/settings.ts";
import type { Said, Told } from "../agents/codex/app-server/talk.ts";
import { object, text } from "../domain/shape.ts";
import { version } from "../domain/version.ts";
import { type Reply, RpcProcess } from "./rpc.ts";

/** How long the server may take to let go of its thread. */
const LET_GO_MS = 5_000;

const asOfThread = object({ threadId: text });
const asTurn = object({ turn: object({ id: text }) });

/** The turn for which the thread was taken. */
interface Current {
  prompt: string;
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
  private readonly asked: Promise<Asked | undefined>;
  private current: Current | undefined;
  private isInputEnded = false;
  private hasLetGo: (() => void) | undefined;

  constructor(
    private readonly settings: ThreadSettings,
    private readonly place: Place,
    command: readonly string[],
    private readonly print: (value: object) => void,
    private readonly complain: (message: string) => void,
  ) {
    const onNotification = (method: string, params: unknown) => this.take({ method, params });
    this.server = new RpcProcess(command, onNotification, replyTo);
    this.asked = this.begin().catch((error: unknown) => {
      this.complain(String(error));
      return undefined;
    });
  }

  /** Resolves with the exit code of the server. */
  get exited(): Promise<number> {
    return this.server.exited;
  }

  async told(told: Told): Promise<void> {
    switch (told.do) {
      case "resume":
        return this.answer(told.request, await this.resume(told));
      case "prompt":
        return this.run(told.text);
      case "interrupt":
        return this.answer(told.request, await this.interrupt());
    }
  }

  /** Ends the server, when the turn is over that it runs. */
  endInput(): void {
    this.isInputEnded = true;
    if (this.current?.turnId === undefined) this.server.end();
  }

  private async begin(): Promise<Asked | undefined> {
    const clientInfo = { name: "agent-sessions", title: null, version };
    await this.server.request("initialize", {
      clientInfo,
      capabilities: {
        experimentalApi: true,
        optOutNotificationMethods: ["item/agentMessage/delta", "item/commandExecution/outputDelta"],
      },
    });
    this.server.notify("initialized");
    const { folder: cwd } = this.place;
    const config = asConfig(await this.server.request("config/read", { includeLayers: false, cwd }));
    return config && askedOf(this.settings, config.config, this.place);
  }

  /** Takes the thread for a turn; false if it can't be had, or not as `codex exec` would have it. */
  private async resume({ prompt, variables }: Told & { do: "resume" }): Promise<boolean> {
    this.say({ type: "bridge.turn", prompt });
    this.current = { prompt, early: [] };
    const asked = await this.asked;
    if (asked === undefined) return false;
    const { threadId } = this.settings;
    const { model, sandbox } = asked;
    const names = variables.map(([name, value]) => [`shell_environment_policy.set.${name}`, value]);
    try {
      await this.server.request("thread/resume", {
        threadId,
        excludeTurns: true,
        cwd: this.place.folder,
        model,
        sandbox,
        approvalPolicy: "never",
        config: Object.fromEntries(names),
      });
    } catch (error) {
      this.complain(String(error));
      return false;
    }
    this.print(ExecLines.started(threadId));
    return true;
  }

  private async run(prompt: string): Promise<void> {
    const { current, settings } = this;
    const asked = await this.asked;
    if (current === undefined || asked === undefined) return;
    this.say({ type: "bridge.busy" });
    const begun = this.server.request("turn/start", {
      threadId: settings.threadId,
      input: [{ type: "text", text: prompt }],
      clientUserMessageId: current.prompt,
      effort: asked.effort,
    });
    current.turnId = begun.then((answer) => asTurn(answer)?.turn.id).catch(() => undefined);
    try {
      const id = asTurn(await begun)?.turn.id;
      if (id === undefined) throw new Error("turn/start: the answer names no turn");
      current.lines = new ExecLines(id);
      for (const notification of current.early.splice(0)) this.take(notification);
    } catch (error) {
      this.complain(String(error));
      await this.finish();
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
    if (notification.method === "thread/closed") {
      if (asOfThread(notification.params)?.threadId === this.settings.threadId) this.hasLetGo?.();
      return;
    }
    if (current === undefined) return;
    const { lines } = current;
    if (lines === undefined) {
      current.early.push(notification);
      return;
    }
    for (const line of lines.linesFor(notification)) this.print(line);
    if (lines.endIn(notification) !== undefined) this.finish();
  }

  /** Called when the turn is over. */
  private async finish(): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    this.current = undefined;
    this.say({ type: "bridge.over", prompt: current.prompt });
    if (!(await this.letGo()) || this.isInputEnded) return this.server.end();
    this.say({ type: "bridge.idle" });
  }

  /** codex 0.171.0: the thread can be had again only when the server has said that it is closed. */
  private async letGo(): Promise<boolean> {
    const { threadId } = this.settings;
    const closed = new Promise<boolean>((resolve) => {
      this.hasLetGo = () => resolve(true);
    });
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), LET_GO_MS).unref());
    try {
      await this.server.request("thread/unsubscribe", { threadId });
      return await Promise.race([closed, late]);
    } catch {
      return false;
    }
  }

  private answer(request: string, done: boolean): void {
    this.say({ type: "bridge.answer", request, done });
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
