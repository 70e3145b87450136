#!/usr/bin/env node
// Plays claude with somebody else's words: it writes the bytes of a file to stdout, in pieces of a given size, and
// as much to stderr as it is told. FLOOD tells it; without it, a short turn is made.
import { closeSync, openSync, readSync, writeSync } from "node:fs";

const argv = process.argv.slice(2);
const after = (option) => (argv.includes(option) ? argv[argv.indexOf(option) + 1] : undefined);
const id = after("--session-id") ?? after("--resume") ?? "";
const {
  stdoutFile,
  pieces = [65536],
  pauseMs = 0,
  stderrBytes = 0,
  exitCode = 0,
} = JSON.parse(process.env.FLOOD || "{}");

if (stderrBytes > 0) {
  const block = Buffer.from(`${"e".repeat(1023)}\n`.repeat(1024));
  put(2, Buffer.from("error: the first words\n"));
  for (let left = stderrBytes; left > 0; left -= block.length)
    put(2, block.subarray(0, Math.min(left, block.length)));
  put(2, Buffer.from("the last words\n"));
}
if (stdoutFile === undefined) {
  const init = { type: "system", subtype: "init", session_id: id, model: "claude-opus-5-5" };
  const result = { type: "result", subtype: "success", is_error: false, result: "short", session_id: id };
  put(1, Buffer.from(`${JSON.stringify(init)}\n${JSON.stringify(result)}\n`));
} else await pour(stdoutFile);
process.exit(exitCode);

/** In pieces of these sizes, over and over. */
async function pour(path) {
  const descriptor = openSync(path, "r");
  const buffer = Buffer.alloc(Math.max(...pieces));
  for (let at = 0, turn = 0; ; turn += 1) {
    const bytes = readSync(descriptor, buffer, 0, pieces[turn % pieces.length], at);
    if (bytes === 0) break;
    at += bytes;
    put(1, buffer.subarray(0, bytes));
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  closeSync(descriptor);
}

function put(descriptor, bytes) {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}
