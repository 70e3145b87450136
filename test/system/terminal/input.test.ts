import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { workerArgv } from "../../support/worker.ts";

const WORKER = workerArgv("stdin");

/** Starts the worker in a shell command, and writes each part once it waits for it. */
async function readBy(shellCommand: string, parts: readonly Buffer[]): Promise<string> {
  const argv = ["-c", shellCommand, "sh", ...WORKER];
  const child = spawn("/bin/sh", argv, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env.PATH },
  });
  let told = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  while (!told.startsWith("ready\n")) await once(child.stdout, "data");
  for (const part of parts) {
    child.stdin.write(part);
    await new Promise(setImmediate);
  }
  child.stdin.end();
  await once(child, "close");
  const read: unknown = JSON.parse(told.slice("ready\n".length));
  assert.ok(typeof read === "string");
  return read;
}

const PROMPT = Buffer.from(`${"long ".repeat(100_000)}\r\nand öäü €\n`);
const halves = [PROMPT.subarray(0, -6), PROMPT.subarray(-6)];

test("standard input is read to its end, whole and in parts that cut a character", async () => {
  assert.equal(await readBy('exec "$@"', halves), PROMPT.toString());
  assert.equal(await readBy('exec "$@"', []), "");
});

/**
 * A parent that makes a stream of what it shares with us: reading it fails with EAGAIN while it is empty. After
 * the start, which sets it back.
 */
const SHARED_BY_NODE = `exec "$1" -e '
  const [file, ...args] = process.argv.slice(1);
  require("node:child_process").spawn(file, args, { stdio: "inherit" });
  process.stdin;
' -- "$@"`;

test("standard input that somebody has made non-blocking is waited for", async () => {
  assert.equal(await readBy(SHARED_BY_NODE, halves), PROMPT.toString());
});
