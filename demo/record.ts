// Records the scene that the README shows: what is printed goes to docs/recording.jsonl, and from there into the picture.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../test/support/environment.ts";
import { print, stopped } from "./narrator.ts";
import { record } from "./recording/record.ts";
import { formatRecording } from "./recording/recording.ts";
import { svgOf } from "./recording/svg.ts";

const stopping = new AbortController();
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());

try {
  const recording = formatRecording(await record(stopping.signal));
  const write = (file: string, text: string) => {
    writeFileSync(join(REPOSITORY, "docs", file), text);
    print(`docs/${file}: ${Buffer.byteLength(text)} bytes\n`);
  };
  write("recording.jsonl", recording);
  write("recording.svg", svgOf(recording));
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  stopped();
  process.exitCode = 130;
}
