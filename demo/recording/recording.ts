/** What happened at a terminal, in order. */
export interface Recording {
  columns: number;
  events: RecordedEvent[];
}

export type RecordedEvent =
  /** A command that a person typed at a prompt, without its Enter. */
  | { typed: string }
  /** What a command printed at once, byte for byte, so long after the event before. */
  | { printed: string; afterMs: number };

/** One JSON object a line: a reviewer sees in a diff what is typed and printed otherwise than before. */
export function formatRecording({ columns, events }: Recording): string {
  return [{ columns }, ...events].map((line) => `${JSON.stringify(line)}\n`).join("");
}

export function parseRecording(text: string): Recording {
  const [head, ...events] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { columns: head.columns, events };
}
