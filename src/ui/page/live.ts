import type { TurnLine } from "./types.ts";

export interface LiveTool {
  id: string;
  name: string;
  about: string;
  state: "running" | "done" | "failed";
}

/** A part of a turn, in the order in which it came. */
export type Piece = { kind: "text"; text: string; isWhole: boolean } | { kind: "tool"; tool: LiveTool };

/** What has come of a turn so far. */
export interface LiveTurn {
  pieces: readonly Piece[];
  tokens: { in: number; out: number };
  /** What is to be known beside: a retry, a warning. */
  note: string;
  isThinking: boolean;
  isOver: boolean;
}

export const NOTHING_YET: LiveTurn = {
  pieces: [],
  tokens: { in: 0, out: 0 },
  note: "",
  isThinking: false,
  isOver: false,
};

/** Adds up the lines of a turn. */
export class LiveWatch {
  private pieces: Piece[] = [];
  private readonly usage = new Map<string, { in: number; out: number }>();
  private note = "";
  private isThinking = false;
  private isOver = false;

  get now(): LiveTurn {
    const all = [...this.usage.values()];
    const sum = (key: "in" | "out") => all.reduce((total, one) => total + one[key], 0);
    const { note, isThinking, isOver } = this;
    return { pieces: [...this.pieces], tokens: { in: sum("in"), out: sum("out") }, note, isThinking, isOver };
  }

  take(line: TurnLine): void {
    const { type, text } = line;
    if (type !== "usage") this.isThinking = type === "thinking";
    if (type === "text-delta") this.addText(text ?? "");
    else if (type === "text") this.endText(text ?? "");
    else if (type === "tool") this.takeTool(line);
    else if (type === "usage")
      this.usage.set(line.answer_id ?? "", { in: line.input_tokens ?? 0, out: line.output_tokens ?? 0 });
    else if (type === "retry") this.note = `The agent asks the model's service again: ${line.reason ?? ""}`;
    else if (type === "warning") this.note = line.message ?? "";
    else if (type === "agent_sessions.result") this.isOver = true;
  }

  private addText(text: string): void {
    const last = this.pieces.at(-1);
    if (last?.kind === "text" && !last.isWhole)
      this.pieces[this.pieces.length - 1] = { ...last, text: last.text + text };
    else this.pieces.push({ kind: "text", text, isWhole: false });
  }

  /** A whole message takes the place of its fragments. */
  private endText(text: string): void {
    const last = this.pieces.at(-1);
    if (last?.kind === "text" && !last.isWhole) this.pieces.pop();
    this.pieces.push({ kind: "text", text, isWhole: true });
  }

  private takeTool({ id = "", name, about, phase, failed }: TurnLine): void {
    const at = this.pieces.findIndex((piece) => piece.kind === "tool" && piece.tool.id === id);
    const known = this.pieces[at];
    const before = known?.kind === "tool" ? known.tool : { name: "", about: "" };
    const tool: LiveTool = {
      id,
      name: name ?? before.name,
      about: about ?? before.about,
      state: phase === "start" ? "running" : failed ? "failed" : "done",
    };
    if (at === -1) this.pieces.push({ kind: "tool", tool });
    else this.pieces[at] = { kind: "tool", tool };
  }
}
