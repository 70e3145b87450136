import { anything, list, maybe, object, type Read, text } from "../domain/shape.ts";
import { withoutUndefined } from "../domain/without-undefined.ts";

export const asNotice = object({ sessionId: text, update: anything });
const asUpdate = object({ sessionUpdate: text });
const asChunk = object({ messageId: maybe(text), content: object({ type: text, text: maybe(text) }) });
const asTool = object({
  toolCallId: text,
  title: maybe(text),
  kind: maybe(text),
  status: maybe(text),
  rawInput: maybe(anything),
  locations: maybe(list(object({ path: text }))),
});
type Tool = Read<typeof asTool>;

/** The longest message that is kept: more is no answer for a person, and must not fill the memory. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

/** What an agent over ACP says while it works, told as lines of our own. */
export class AcpUpdates {
  private sessionId: string | undefined;
  /** Whether messages were shown before the turn, as those of a conversation that is loaded. */
  private isHistoryShown = false;
  private message = "";
  private messageId: string | undefined;
  private lastMessage = "";
  private lastPiece = "";
  private hasSpoken = false;
  private isThinking = false;
  private stranger: string | undefined;
  private readonly tools = new Map<string, Tool>();
  private readonly begunTools = new Set<string>();

  constructor(
    private readonly print: (value: object) => void,
    private readonly partials: boolean,
  ) {}

  /** From now on the updates of this conversation are those of the turn. Returns whether others were shown before. */
  begin(sessionId: string): boolean {
    this.sessionId = sessionId;
    return this.isHistoryShown;
  }

  /** Returns what is known of a tool, for which the agent asks. */
  tool(id: string): Tool | undefined {
    this.beginTool(id);
    return this.tools.get(id);
  }

  warn(message: string): void {
    this.print({ type: "warning", message });
  }

  /** Ends the turn. `stranger` is another conversation in which messages came. */
  end(): { text: string; hasSpoken: boolean; lastPiece: string; stranger: string | undefined } {
    this.flush();
    const { lastMessage: text, hasSpoken, lastPiece, stranger } = this;
    return { text, hasSpoken, lastPiece, stranger };
  }

  take(sessionId: string, update: unknown): void {
    const kind = asUpdate(update)?.sessionUpdate ?? "";
    if (this.sessionId === undefined) {
      if (/^(?:user|agent)_message_chunk$/.test(kind)) this.isHistoryShown = true;
      return;
    }
    if (sessionId !== this.sessionId) {
      if (kind === "agent_message_chunk") this.stranger = sessionId;
      return;
    }
    if (kind === "agent_message_chunk") this.takeChunk(update);
    else if (kind === "agent_thought_chunk") this.think();
    else if (kind === "tool_call" || kind === "tool_call_update") this.takeTool(update);
  }

  private takeChunk(update: unknown): void {
    const { messageId, content } = asChunk(update) ?? {};
    const piece = content?.text ?? "";
    if (piece === "") return;
    if (messageId !== undefined && this.messageId !== undefined && messageId !== this.messageId) this.flush();
    this.messageId = messageId;
    this.isThinking = false;
    this.hasSpoken = true;
    this.lastPiece = piece;
    if (this.message.length < MOST_CHARACTERS) this.message += piece;
    if (this.partials) this.print({ type: "text_delta", text: piece });
  }

  /** Once for each time that it begins: thoughts come in thousands of pieces. */
  private think(): void {
    if (!this.isThinking) this.print({ type: "thinking" });
    this.isThinking = true;
  }

  private takeTool(update: unknown): void {
    const found = asTool(update);
    if (found === undefined) return;
    const { toolCallId: id } = found;
    const before = this.tools.get(id);
    const tool = { ...before, ...withoutUndefined(found) };
    // Later titles say what the tool does just now; the first one is nearest to a name.
    const { title = tool.title ?? tool.kind ?? "other" } = before ?? {};
    this.tools.set(id, { ...tool, title });
    this.hasSpoken = true;
    this.isThinking = false;
    this.flush();
    const { status, rawInput } = tool;
    const isOver = status === "completed" || status === "failed";
    // kimi 2.1.0 tells of a tool when the model begins to write the call, and of its input when it runs.
    if (isOver || status === "in_progress" || rawInput !== undefined) this.beginTool(id);
    if (!isOver) return;
    this.print({ type: "tool", phase: "end", id, name: title, failed: status === "failed" });
    this.tools.delete(id);
    this.begunTools.delete(id);
  }

  private beginTool(id: string): void {
    const { title, rawInput: input } = this.tools.get(id) ?? {};
    if (title === undefined || this.begunTools.has(id)) return;
    this.begunTools.add(id);
    this.print(withoutUndefined({ type: "tool", phase: "start", id, name: title, input }));
  }

  private flush(): void {
    if (this.message === "") return;
    this.lastMessage = this.message;
    this.print({ type: "text", text: this.message });
    this.message = "";
  }
}
