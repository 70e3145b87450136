import { continueSession } from "../../app/ask/continue.ts";
import type { TurnResult } from "../../app/turn/ending/result.ts";
import { settleScope } from "../../app/turn/settle.ts";
import { newTicket } from "../../app/turn/ticket.ts";
import { dumps, str, strip } from "../python/text.ts";
import { ScriptFailure } from "./failure.ts";
import type { Script } from "./invocation.ts";
import { type Selected, select } from "./names.ts";
import { prepare, readRole } from "./prepare.ts";
import { attemptTurn, failureOfTurn } from "./turn.ts";

const NEWLINE = 0x0a;

interface Ran {
  turn: TurnResult;
  /** The output of claude, byte for byte; empty for a stream, which is passed on as it comes. */
  output: Buffer;
  lineCount: number;
  model: string | undefined;
  /** The text of the file that codex wrote its last message to; undefined if there is no file. */
  message: string | undefined;
}

/** `resume-json` */
export async function resumeJson(script: Script): Promise<void> {
  const { selected, ran } = await run(script, "json");
  if (script.tool === "claude") printClaude(script, ran.output);
  else printCodex(script, selected, ran);
}

/** `resume-stream` */
export async function resumeStream(script: Script): Promise<void> {
  await run(script, "stream");
}

async function run(script: Script, stage: "json" | "stream"): Promise<{ selected: Selected; ran: Ran }> {
  const { tool, io, context } = script;
  const prepared = prepare(script);
  await settleScope(context, script.scope());
  const selected = await select(script);
  const { scope, id, entry } = selected;
  const role = strip(readRole(script) ?? "");
  const prompt = script.text("prompt") ?? "";
  const model = prepared.model ?? entry?.lastModel;
  const effort = prepared.effort ?? entry?.lastEffort;
  const options = { stage, prompt, effort, promptRole: role === "" ? undefined : role };
  const ran = await attemptTurn(script, prepared, options, async (attempt): Promise<Ran> => {
    const { launcher, deadlineAt, listener, messageFile } = attempt;
    let message: string | undefined;
    const onEnded = () => {
      if (messageFile !== undefined && io.isFile(messageFile)) message = io.readFile(messageFile);
    };
    const chunks: Buffer[] = [];
    const lines = new LineCount();
    const onBytes = (bytes: Buffer) => {
      if (stage === "stream") return io.outLater(bytes);
      // Of codex's events, only their number is printed.
      if (tool === "codex") lines.add(bytes);
      else chunks.push(Buffer.from(bytes));
      return undefined;
    };
    const record = await context.store.session({ agent: tool, sessionId: id }).record();
    const request = {
      scope,
      name: entry?.name,
      sessionId: id,
      // The folder that the conversation belongs to, wherever the mapping file is.
      cwd: record?.workspace ?? scope.workspace,
      ticket: newTicket(attempt.context, deadlineAt),
      prompt,
      model,
      effort,
      launcher,
    };
    const turn = await continueSession(attempt.context, request, { ...listener, onBytes, onEnded });
    return { turn, output: Buffer.concat(chunks), lineCount: lines.count, model, message };
  });
  const { failure, exit, outcome } = ran.turn;
  // The original scripts passed on whatever an agent printed if it exited with code 0, even its own error or
  // invalid JSON.
  const isPassedOn = exit?.code === 0 && outcome === "failed" && failure?.code !== "conversation_changed";
  if (failure !== undefined && !isPassedOn) throw failureOfTurn(script, ran.turn);
  return { selected, ran };
}

/** Counts the lines of a stream of bytes, including a last line without a line end. */
class LineCount {
  private ended = 0;
  private isOpen = false;

  get count(): number {
    return this.ended + (this.isOpen ? 1 : 0);
  }

  add(bytes: Buffer): void {
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) this.ended += 1;
    this.isOpen = bytes.at(-1) !== NEWLINE;
  }
}

function printClaude(script: Script, output: Buffer): void {
  const text = output.toString("utf8").replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  if (!script.has("print_result") && !script.has("print_id")) {
    script.io.out(text);
    return;
  }
  const value = parse(text);
  if (typeof value !== "object" || value === null) {
    throw new ScriptFailure("RuntimeError", "The output of claude is not a JSON object.");
  }
  const fields = value as Record<string, unknown>;
  if (script.has("print_result")) script.io.out(`${str(fields.result)}\n`);
  if (script.has("print_id"))
    script.io.out(`${fields.session_id === undefined ? "" : str(fields.session_id)}\n`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ScriptFailure("JSONDecodeError", error instanceof Error ? error.message : String(error));
  }
}

function printCodex(script: Script, { id, entry, source, scope }: Selected, ran: Ran): void {
  const { io } = script;
  const { turn, lineCount, model } = ran;
  // The original script read the events only if the file did not exist, and it always existed.
  const message = ran.message === undefined || ran.message === "" ? turn.text : ran.message;
  const threadId = turn.sessionId ?? id;
  const wantsResult = script.has("print_result");
  if (wantsResult) io.out(message.endsWith("\n") ? message : `${message}\n`);
  if (script.has("print_id")) io.out(`${threadId}\n`);
  if (wantsResult || script.has("print_id")) return;
  io.out(
    `${dumps({
      thread_id: threadId,
      alias: entry?.name ?? null,
      mapping_file: entry === undefined ? null : script.shownPath(scope),
      last_model: model ?? null,
      source,
      event_count: lineCount,
      final_message: message,
    })}\n`,
  );
}
