import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { parseJson } from "../domain/parse-json.ts";
import { anything, either, maybe, number, object, text } from "../domain/shape.ts";
import { LineSplitter } from "../system/lines/splitter.ts";
import { listProcesses } from "../system/processes/list.ts";

const asId = either(number, text);
const asRequest = object({ id: asId, method: text, params: maybe(anything) });
const asNotification = object({ method: text, params: maybe(anything) });
const asError = object({ message: text, code: maybe(number), data: maybe(anything) });
const asResponse = object({ id: number, result: maybe(anything), error: maybe(asError) });

/** What somebody answers to a request: a result, or why there is none. */
export type Reply = { result: unknown } | { error: { code: number; message: string; data?: unknown } };

/** The other side's refusal of a request. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly error: { code: number; message: string; data?: unknown },
  ) {
    super(message);
  }
}

/** How long a process may take to exit at the end of its input, and again after each signal. */
const EXIT_MS = 3_000;
/** How long what it has started may keep its output open when it has exited itself. */
const CLOSE_MS = 1_000;

/**
 * A child process that speaks JSON-RPC, a message per line, on its stdin and stdout. It lives no longer than this
 * process: it reads the end of its input when this one dies. What it writes to its stderr is written to ours, without
 * colours.
 */
export class RpcProcess {
  /** Resolves with its exit code; 1 if a signal ended it, or if it could not be started. */
  readonly exited: Promise<number>;
  private readonly child;
  private readonly waiting = new Map<number, (answer: Reply | undefined) => void>();
  private requests = 0;
  private hasExited = false;

  constructor(
    [file = "", ...args]: readonly string[],
    private readonly onNotification: (method: string, params: unknown) => void,
    private readonly replyTo: (method: string, params: unknown) => Reply,
    /** What every message contains besides. */
    private readonly envelope: object = {},
  ) {
    this.child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    const { stdin, stdout, stderr } = this.child;
    // The process may have exited; then its exit tells more.
    stdin.on("error", () => undefined);
    const lines = new LineSplitter();
    stdout.on("data", (chunk: Buffer) => {
      for (const line of lines.push(chunk)) this.take(parseJson(line));
    });
    const said = new LineSplitter();
    const pass = (line: Buffer) =>
      void process.stderr.write(`${stripVTControlCharacters(line.toString())}\n`);
    stderr.on("data", (chunk: Buffer) => {
      for (const line of said.push(chunk)) pass(line);
    });
    this.exited = new Promise((resolve) => {
      const over = (code: number | null) => {
        for (const line of said.rest()) pass(line);
        resolve(code ?? 1);
      };
      this.child.on("error", (error) => {
        process.stderr.write(`${error.message}\n`);
        resolve(1);
      });
      this.child.on("close", over);
      this.child.on("exit", () => setTimeout(endGroup, CLOSE_MS).unref());
    });
    this.exited.then(() => {
      this.hasExited = true;
      for (const answer of this.waiting.values()) answer(undefined);
    });
  }

  /** @throws Refused if the other side refuses; Error if it has exited */
  async request(method: string, params: unknown): Promise<unknown> {
    this.requests += 1;
    const id = this.requests;
    const answered = new Promise<Reply | undefined>((resolve) => this.waiting.set(id, resolve));
    if (!this.hasExited) this.send({ id, method, params });
    const answer = this.hasExited ? undefined : await answered;
    this.waiting.delete(id);
    if (answer === undefined) throw new Error(`${method}: the process has exited`);
    if ("error" in answer) throw new Refused(`${method}: ${answer.error.message}`, answer.error);
    return answer.result;
  }

  notify(method: string, params?: object): void {
    this.send({ method, params });
  }

  /**
   * Ends its input, and then the process if it does not exit; at last all that is in this process's group, which
   * nobody else would end any more.
   */
  async end(): Promise<void> {
    this.child.stdin.end();
    for (const escalate of [() => this.child.kill("SIGTERM"), endGroup]) {
      const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), EXIT_MS));
      if ((await Promise.race([this.exited, late])) !== "late") return;
      escalate();
    }
    await this.exited;
  }

  private take(message: unknown): void {
    const request = asRequest(message);
    const notification = asNotification(message);
    const response = asResponse(message);
    if (request !== undefined) this.send({ id: request.id, ...this.replyTo(request.method, request.params) });
    else if (notification !== undefined) this.onNotification(notification.method, notification.params);
    else if (response !== undefined) {
      const { id, error, result } = response;
      this.waiting.get(id)?.(error === undefined ? { result } : { error: { code: 0, ...error } });
    }
  }

  private send(message: object): void {
    this.child.stdin.write(`${JSON.stringify({ ...this.envelope, ...message })}\n`);
  }
}

/** The process that was started may be a script that only hands signals on, so it would not be enough to kill it. */
function endGroup(): void {
  for (const { pid, group } of listProcesses()) {
    if (group !== process.pid || pid === process.pid) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just exited.
    }
  }
}
