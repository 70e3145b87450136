import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inBackground } from "../../src/app/ask/askers/background.ts";
import { create } from "../../src/app/ask/create.ts";
import { send } from "../../src/app/ask/send.ts";
import { openContext } from "../../src/app/compose/open-context.ts";
import type { Context } from "../../src/app/context.ts";
import type { OpenShared } from "../../src/app/shared-line.ts";
import type { LineTurn, TurnLine } from "../../src/domain/turn/line.ts";
import { openShared } from "../../src/stores/postgres/index.ts";
import { openSandbox } from "../../test/support/sandbox.ts";

/** A turn that was accepted. */
export interface Accepted {
  turnId: string;
  name: string;
  prompt: string;
  onUnknown: "fail" | "resend";
}

/** Asks for turns as the command line does, in this process: four thousand commands would take longer than their turns. */
export class Client {
  readonly accepted: Accepted[] = [];
  private readonly sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  private readonly context: Context;
  private close: () => Promise<void> = async () => undefined;

  constructor(storeUrl: string) {
    const { sandbox } = this;
    writeFileSync(
      join(sandbox.workspace, ".git/config"),
      '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://git.example/acme/shop.git\n',
    );
    const open: OpenShared = async (address, options) => {
      const shared = await openShared(address, options);
      this.close = () => shared.close();
      return shared;
    };
    this.context = openContext({
      env: { ...sandbox.env, AGENT_SESSIONS_STORE: storeUrl },
      cwd: sandbox.workspace,
      platform: process.platform,
      uid: process.getuid?.() ?? 0,
      userHome: sandbox.home,
      openShared: open,
      notify: () => undefined,
    });
  }

  /** Begins a conversation. The id of the request says what becomes of a turn whose worker is gone. */
  async create(name: string, prompt: string, onUnknown: Accepted["onUnknown"]): Promise<Accepted> {
    const created = await create(
      this.context,
      {
        name,
        agent: "claude",
        workspace: this.sandbox.workspace,
        prompt,
        request: { id: prompt, onUnknown },
      },
      inBackground(),
    );
    if (!created.created) throw new Error(`${name} exists already.`);
    return this.note({ turnId: created.turn.turnId, name, prompt, onUnknown });
  }

  async send(name: string, prompt: string, onUnknown: Accepted["onUnknown"]): Promise<Accepted> {
    const { turnId } = await send(
      this.context,
      {
        name,
        workspace: this.sandbox.workspace,
        mode: { kind: "plain" },
        prompt,
        request: { id: prompt, onUnknown },
      },
      inBackground(),
    );
    return this.note({ turnId, name, prompt, onUnknown });
  }

  async line(): Promise<TurnLine> {
    if (this.context.line === undefined) throw new Error("There is no line.");
    return this.context.line.open();
  }

  async find(turnId: string): Promise<LineTurn | undefined> {
    return (await this.line()).find(turnId);
  }

  async remove(): Promise<void> {
    await this.close();
    this.sandbox.remove();
  }

  private note(accepted: Accepted): Accepted {
    this.accepted.push(accepted);
    return accepted;
  }
}
