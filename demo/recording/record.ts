import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atTerminal, end } from "../../test/support/cli/at-terminal.ts";
import type { ReceivedRequest } from "../../test/support/loopback/received.ts";
import { type Running, until } from "../../test/support/run.ts";
import type { Sandbox } from "../../test/support/sandbox.ts";
import { CLI, Stage } from "../stage.ts";
import { verify } from "../verify.ts";
import { Alike, activitiesIn } from "./alike.ts";
import { answer } from "./answers.ts";
import type { RecordedEvent, Recording } from "./recording.ts";
import { SCENE, type Step } from "./scene.ts";

const COLUMNS = 80;
const ROWS = 24;
const PLACE = "/home/me/shop";

/** Plays the scene with the real agent, each command in a terminal of its own, and returns what was seen there. */
export async function record(stop: AbortSignal): Promise<Recording> {
  let playing: Playing | undefined;
  const stage = await Stage.open(stop, {
    reply: async (request, files) => {
      await playing?.beforeAnswer(request);
      return answer(request, files);
    },
    programs: { "agent-sessions": CLI },
  });
  try {
    const { sandbox } = stage;
    const gate = new ToolGate(sandbox);
    const alike = new Alike(sandbox.workspace, PLACE);
    const events: RecordedEvent[] = [];
    for (const step of SCENE) {
      stop.throwIfAborted();
      gate.close();
      playing = new Playing(step, stage, gate, stop);
      const bytes = await playing.ended();
      events.push({ typed: step.typed }, ...alike.eventsOf(bytes, step.shows));
    }
    return { columns: COLUMNS, events };
  } finally {
    await stage.close();
  }
}

/** One command at its terminal. */
class Playing {
  private readonly running: Running;
  /** What the recording needs to see, and has not seen yet. */
  private readonly awaited: RegExp[];

  constructor(
    private readonly step: Step,
    stage: Stage,
    private readonly gate: ToolGate,
    stop: AbortSignal,
  ) {
    this.awaited = [...step.shows];
    const command = `stty cols ${COLUMNS} rows ${ROWS}; ${step.typed}`;
    this.running = atTerminal(stage, command, stage.path);
    stop.addEventListener("abort", () => this.running.kill("SIGTERM"), { once: true });
  }

  /** Holds the model until the screen shows that the agent thinks, and then the agent's tool until that is on the screen. */
  async beforeAnswer(request: ReceivedRequest): Promise<void> {
    await this.seen();
    if (request.toolRounds > 0 || this.awaited.length === 0) return;
    void this.seen().then(
      () => this.gate.open(),
      () => this.running.kill("SIGTERM"),
    );
  }

  async ended(): Promise<string> {
    const { code, stdout } = await end(this.running);
    const { typed, exitCode } = this.step;
    verify(code === exitCode, `${typed} ended with ${code} instead of ${exitCode}: ${stdout}`);
    return stdout;
  }

  /** Waits for the next of what is awaited. */
  private async seen(): Promise<void> {
    const show = this.awaited.shift();
    if (show === undefined) return;
    const from = this.running.stdout().length;
    await until(
      () => activitiesIn(`${this.running.stdout().slice(from)}\r\u001b[2K`).some((one) => show.test(one)),
      {
        what: `${show} on the screen`,
      },
    );
  }
}

/** Holds the agent's tools back with a hook of Claude Code: what they read here takes less than a redrawing of the screen. */
class ToolGate {
  private readonly file: string;

  constructor({ home }: Sandbox) {
    this.file = join(home, "tools-may-run");
    const command = `until [ -e '${this.file}' ]; do sleep 0.05; done`;
    const hooks = { PreToolUse: [{ matcher: "Read", hooks: [{ type: "command", command }] }] };
    mkdirSync(join(home, ".claude"), { recursive: true });
    writeFileSync(join(home, ".claude/settings.json"), JSON.stringify({ hooks }));
  }

  open(): void {
    writeFileSync(this.file, "");
  }

  close(): void {
    rmSync(this.file, { force: true });
  }
}
