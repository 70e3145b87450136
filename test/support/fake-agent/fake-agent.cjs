#!/usr/bin/env node
// A stand-in for claude and codex that does what the real ones cannot be made to do on demand. It is told by
// `#fake {…}` lines in the prompt, by FAKE_AGENT, and by scripts.jsonl beside the link that it is started by; script.ts has the
// list with types.
const { spawn } = require("node:child_process");
const { createHash } = require("node:crypto");
const { appendFileSync, existsSync, fstatSync, readFileSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const { openClaude } = require("./claude.cjs");
const { openCodex } = require("./codex.cjs");
const { leaveDaemon, leaveGrandchild } = require("./grandchild.cjs");
const { appear, put, putLines } = require("./output.cjs");

const argv = process.argv.slice(2);
const cwd = process.cwd();
const isCodex = argv.includes("exec");

let stdin;
let input;
let script;
let text;
let startsOver;
let conversation;

void main();

async function main() {
  stdin = await readInput();
  input = Buffer.from(promptArgument() ?? stdin);
  script = readScript(input.toString("utf8"));
  text = withoutDirectives(input.toString("utf8"));
  startsOver = !isCodex && /^\/(?:clear|reset|new)\s*$/.test(text);
  if (startsOver) script.sessionId ??= crypto.randomUUID();
  conversation = (isCodex ? openCodex : openClaude)({ argv, env: process.env, cwd, script });
  record("start");
  if (conversation.refusal !== undefined) {
    putLines(conversation.refusal.lines);
    put(2, conversation.refusal.stderr);
    leave(conversation.refusal.code);
  } else {
    obeySignals();
    await takeTurn();
  }
}

/** The prompt where it is an argument, as the original scripts give it. */
function promptArgument() {
  if (isCodex) return argv.at(-1) === "-" ? undefined : argv.at(-1);
  const next = argv[argv.indexOf("-p") + 1];
  return next === undefined || /^--?[a-z]/.test(next) ? undefined : next;
}

async function takeTurn() {
  conversation.addPrompt(input.toString("utf8"));
  if (script.noStart !== true) putLines(conversation.begin());
  if (script.grandchild !== undefined) leaveGrandchild(script.grandchild);
  if (script.daemon !== undefined) leaveDaemon(script.daemon);
  if (script.stderrBytes !== undefined) floodStderr(script.stderrBytes);
  if (script.writeRaw !== undefined) putLines(script.writeRaw);
  for (let at = 1; at <= (script.stdoutLines ?? 0); at += 1) {
    putLines(conversation.piece(`piece ${at} `.padEnd(script.stdoutLineBytes ?? 0, "x")));
    if (script.lineEveryMs !== undefined) await sleep(script.lineEveryMs);
  }
  // Last before the waiting: whoever sees this file may send signals.
  if (script.pidTo !== undefined) appear(script.pidTo, String(process.pid));
  while (script.waitForFile !== undefined && !existsSync(script.waitForFile)) {
    // Its test is over, and has failed.
    if (!existsSync(dirname(script.waitForFile))) return leave(1);
    await sleep(5);
  }
  for (const one of script.run ?? []) await runTool(one);
  if (script.sleepMs !== undefined) await sleep(script.sleepMs);

  if (script.cutMidCharacter === true) {
    const line = Buffer.from('{"type":"assistant","text":"é');
    put(1, line.subarray(0, -1));
    if (script.lingerMs !== undefined) await sleep(script.lingerMs);
    return leave(script.exitCode ?? 0);
  }

  // The same price list as that of the model on loopback: 100 + n tokens in for the n-th prompt, 20 out.
  const prompts = conversation.before.prompts + 1;
  const isFree = startsOver || script.isError === true;
  const turn = { inputTokens: isFree ? 0 : 100 + prompts, outputTokens: isFree ? 0 : 20 };
  const { inputTokens, outputTokens } = conversation.before;
  const total = {
    inputTokens: inputTokens + turn.inputTokens,
    outputTokens: outputTokens + turn.outputTokens,
  };
  const said = startsOver ? "" : `You said: ${text.slice(0, 200)} [prompts: ${prompts}]`;
  const answer = script.text ?? said;

  if (script.noAnswer !== true) {
    if (script.isError !== true && answer !== "") putLines(conversation.answer(answer));
    if (script.isError !== true) conversation.addAnswer(answer, total);
  }
  if (script.noTerminalEvent !== true) {
    putLines(conversation.end({ text: answer, isError: script.isError === true, turn, total }));
  }
  if (script.bytesAfterEnd !== undefined) putLines(["x".repeat(script.bytesAfterEnd)]);
  if (script.lingerMs !== undefined) await sleep(script.lingerMs);
  const messageFile = argv[argv.indexOf("-o") + 1];
  if (argv.includes("-o") && script.noMessageFile !== true) writeFileSync(messageFile, answer);
  leave(script.exitCode ?? (script.isError === true ? 1 : 0));
}

/** Ends the process at once, whatever timers and grandchildren there are. */
function leave(code) {
  record("end");
  if (script.exitSignal !== undefined) {
    process.removeAllListeners(script.exitSignal);
    process.kill(process.pid, script.exitSignal);
    // The signal comes to a process at its next turn of the loop; it must not leave by the other door.
    setTimeout(() => process.exit(code), 5000);
    return;
  }
  process.exit(code);
}

/** Runs a command to its end, as an agent's tool does. */
async function runTool({ argv: [file, ...args], resultTo }) {
  const startedMs = performance.now();
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  const code = await new Promise((resolve) => child.once("close", resolve));
  const result = { code, stdout: Buffer.concat(chunks).toString("utf8"), ms: performance.now() - startedMs };
  appear(resultTo, JSON.stringify(result));
}

function obeySignals() {
  const ignored = { SIGINT: script.ignoreSigint, SIGTERM: script.ignoreSigterm, SIGHUP: script.ignoreSighup };
  for (const [signal, isIgnored] of Object.entries(ignored)) {
    const react = conversation.onSignal[signal];
    if (isIgnored === true) {
      process.on(signal, () => undefined);
    } else if (react !== undefined) {
      process.on(signal, () => {
        const { lines, code } = react();
        putLines(lines);
        record("end");
        process.exit(code);
      });
    }
  }
}

function readScript(prompt) {
  const directives = prompt.split("\n").filter((line) => line.startsWith("#fake "));
  const parts = directives.map((line) => JSON.parse(line.slice("#fake ".length)));
  return Object.assign({}, JSON.parse(process.env.FAKE_AGENT || "{}"), scriptFor(prompt), ...parts);
}

/** What a file says of the command line that has this prompt: of the newest one. It reaches an agent that a worker runs, too. */
function scriptFor(prompt) {
  const path = join(dirname(process.argv[1]), "scripts.jsonl");
  if (!existsSync(path)) return {};
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line)).findLast(({ args }) => args.includes(prompt))?.script;
}

function withoutDirectives(prompt) {
  const lines = prompt.split("\n").filter((line) => !line.startsWith("#fake "));
  return lines.join("\n").trimEnd();
}

async function readInput() {
  // As most turns give it; a stream would take Node some more milliseconds.
  if (fstatSync(0).isFile()) return readFileSync(0);
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function floodStderr(bytes) {
  const line = `${"e".repeat(79)}\n`;
  put(2, line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes));
}

/** One line per begin and end in an append-only file: enough to see who ran with what, and who overlapped. */
function record(event) {
  if (script.recordArgvTo === undefined) return;
  const marks = Object.entries(process.env).filter(([name]) => name.startsWith("AGENT_SESSIONS_"));
  const source = fstatSync(0);
  const line = {
    event,
    at: Date.now(),
    pid: process.pid,
    agent: isCodex ? "codex" : "claude",
    sessionId: conversation.id,
    argv,
    cwd,
    env: Object.fromEntries(marks),
    stdinBytes: stdin.length,
    stdinSha256: createHash("sha256").update(stdin).digest("hex"),
    stdinIsFile: source.isFile(),
  };
  appendFileSync(script.recordArgvTo, `${JSON.stringify(line)}\n`);
}
