import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { claude } from "../../src/agents/claude/claude.ts";
import type { TurnEvent } from "../../src/domain/turn/turn.ts";

type Parts = Iterable<string | Uint8Array>;

/** Streams of Claude Code as bytes, for a conversation of this id. */
export function streamsOf(sessionId: string) {
  const line = (value: object) => `${JSON.stringify({ ...value, session_id: sessionId })}\n`;
  const begin = line({ type: "system", subtype: "init", model: "claude-opus-5-5" });
  const end = line({ type: "result", subtype: "success", is_error: false, result: "the end" });
  const said = (text: string) =>
    line({ type: "assistant", message: { role: "assistant", content: [{ type: "text", text }] } });
  const read = (content: string) => {
    const result = { type: "tool_result", tool_use_id: "toolu_1", content };
    return line({ type: "user", message: { role: "user", content: [result] } });
  };
  return {
    *lines(count: number, bytes: number): Parts {
      yield begin;
      for (let at = 1; at <= count; at += 1) yield said(`line ${at} `.padEnd(bytes, "x"));
      yield end;
    },
    *shortLines(count: number): Parts {
      yield begin;
      for (let left = count; left > 0; left -= 10_000) yield "{}\n".repeat(Math.min(left, 10_000));
      yield end;
    },
    *oneLine(bytes: number): Parts {
      yield begin;
      yield read("y".repeat(bytes));
      yield end;
    },
    /** All that a splitter or a decoder may stumble over, over and over. */
    *strange(times: number): Parts {
      yield begin;
      for (let at = 1; at <= times; at += 1) {
        yield said(`U+2028 \u2028 U+2029 \u2029 U+0085 \u0085 fox 🦊 é ${at}`);
        yield said(`NUL \u0000 and a carriage return \r`).replace("\n", "\r\n");
        yield Buffer.from([0x00, 0x0a, 0x0d, 0x0a, 0x0a, 0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0a]);
        yield said("invalid: ").replace("invalid: ", "invalid: \u0001").slice(0, 40);
        yield Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x0a]);
        yield Buffer.concat([
          Buffer.from('{"type":"system","subtype":"'),
          Buffer.from([0xe2, 0x80]),
          Buffer.from('"}\n'),
        ]);
        yield "not JSON at all\u2028\n";
      }
      yield end;
    },
    *cutInCharacter(): Parts {
      yield begin;
      yield said("so far");
      yield Buffer.from(said("é🦊")).subarray(0, -40);
      yield Buffer.from("🦊").subarray(0, 3);
    },
  };
}

export function writeStream(path: string, parts: Parts): void {
  const descriptor = openSync(path, "w");
  for (const part of parts) writeSync(descriptor, Buffer.from(part));
  closeSync(descriptor);
}

/** What is in a stream that somebody has all of and splits in one go. */
export function* eventsIn(path: string): Generator<TurnEvent> {
  const all = readFileSync(path);
  for (let start = 0; start < all.length; ) {
    const newline = all.indexOf("\n", start);
    const end = newline === -1 ? all.length : newline;
    const text = all.toString("utf8", start, all[end - 1] === 0x0d && end > start ? end - 1 : end);
    start = end + 1;
    if (text !== "") yield* eventsOf(text);
  }
}

function eventsOf(text: string): TurnEvent[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ type: "other", raw: text }];
  }
  return claude.read(value);
}
