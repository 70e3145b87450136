#!/usr/bin/env node
// Plays claude with somebody else's words: it writes the bytes of a file to stdout, in pieces of given sizes, and
// as much to stderr as it is told. FLOOD tells it (see flood.ts); without it, a short turn is made.
import { closeSync, openSync, readSync, writeSync } from "node:fs";

const argv = process.argv.slice(2);
const after = (option) => (argv.includes(option) ? argv[argv.indexOf(option) + 1] : undefined);
const id = after("--session-id") ?? after("--resume") ?? "";
const flood = JSON.parse(process.env.FLOOD || "{}");

if (flood.stderrBytes !== undefined) {
  const block = Buffer.from(`${"e".repeat(1023)}\n`.repeat(1024));
  put(2, Buffer.from("the first words\n"));
  for (let left = flood.stderrBytes; left > 0; left -= block.length) put(2, block.subarray(0, left));
  put(2, Buffer.from("\nthe last words\n"));
}
if (flood.stdoutFile === undefined) {
  const init = { type: "system", subtype: "init", session_id: id, model: "claude-opus-5-5" };
  const result = { type: "result", subtype: "success", is_error: false, result: "short", session_id: id };
  put(1, Buffer.from(`${JSON.stringify(init)}\n${JSON.stringify(result)}\n`));
} else {
  await pour(flood.stdoutFile, flood.pieces ?? [65_536], flood.pauseMs ?? 0);
}
if (flood.lingerMs !== undefined) await sleep(flood.lingerMs);
process.exit(0);

/** In pieces of these sizes, over and over. */
async function pour(path, sizes, pauseMs) {
  const descriptor = openSync(path, "r");
  const buffer = Buffer.alloc(Math.max(...sizes));
  for (let at = 0, turn = 0; ; turn += 1) {
    const bytes = readSync(descriptor, buffer, 0, sizes[turn % sizes.length], at);
    if (bytes === 0) break;
    at += bytes;
    put(1, buffer.subarray(0, bytes));
    if (pauseMs > 0) await sleep(pauseMs);
  }
  closeSync(descriptor);
}

function put(descriptor, bytes) {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
