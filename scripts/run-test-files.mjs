// Runs test files, each in a process group of its own: one that hangs is killed with all that it has started, and
// named. Node's own runner waits for ever for whoever holds the output of a file, as a worker that it left behind does.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { stripVTControlCharacters } from "node:util";

/** Far more than any file takes on a machine with four busy loops beside it. */
const LIMIT_SECONDS = 900;
/** A file that is asked to end says which of its tests has not. */
const LAST_WORDS_MS = 3_000;
/** Node's reporter puts what failed below this line, once more. */
const FAILURES = /^✖ failing tests:$/m;
const COUNT = /^ℹ (tests|pass|fail|cancelled|skipped|todo) (\d+)$/;
const NUMBERS = /^ℹ (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/**
 * Runs files of tests, `{ title, path }` each, in the order given. Resolves with the exit code, 0 where every test of
 * every file has passed, and with the seconds that each file took, by its title.
 */
export async function runTestFiles(files, { limitSeconds = LIMIT_SECONDS, nodeArgs = [] } = {}) {
  const startedMs = performance.now();
  const waiting = [...files];
  const ended = [];
  const running = new Set();
  for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 })) {
    process.once(signal, () => {
      for (const leader of running) killGroup(leader);
      process.exit(128 + number);
    });
  }
  // Most tests wait for agents most of the time: one file more than there are cores.
  const lanes = Array.from({ length: availableParallelism() + 1 }, async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const one = await runFile(file, { limitSeconds, nodeArgs, running });
      ended.push(one);
      process.stdout.write(one.report);
    }
  });
  await Promise.all(lanes);
  return summarize(ended, performance.now() - startedMs);
}

function runFile({ title, path }, { limitSeconds, nodeArgs, running }) {
  const startedMs = performance.now();
  // Asked of the descriptor, and handed on as Node's own runner does.
  const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--enable-source-maps", "--test-reporter=spec", ...nodeArgs, path], {
    detached: true,
    env: { ...env, ...color },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child.pid);
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk));

  return new Promise((resolve) => {
    let isKilled = false;
    const timers = [];
    const after = (ms, action) => timers.push(setTimeout(action, ms));
    const clearTimers = () => timers.splice(0).forEach(clearTimeout);
    const end = (code, signal) => {
      clearTimers();
      killGroup(child.pid);
      running.delete(child.pid);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      const seconds = (performance.now() - startedMs) / 1000;
      resolve(describe(title, Buffer.concat(chunks).toString("utf8"), { code, signal, isKilled, seconds }));
    };
    after(limitSeconds * 1000, () => {
      isKilled = true;
      child.kill("SIGTERM");
      after(LAST_WORDS_MS, () => killGroup(child.pid));
    });
    child.once("error", (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      end(1);
    });
    child.once("close", end);
    // What it left behind may hold its output for ever.
    child.once("exit", (code, signal) => {
      clearTimers();
      after(LAST_WORDS_MS, () => end(code, signal));
    });
  });
}

function killGroup(leader) {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nobody of it is left.
  }
}

function describe(name, output, { code, signal, isKilled, seconds }) {
  const plain = stripVTControlCharacters(output);
  const counts = {};
  for (const line of plain.split("\n")) {
    const [, what, number] = COUNT.exec(line) ?? [];
    if (what !== undefined) counts[what] = Number(number);
  }
  const isGood = code === 0 && !isKilled;
  const brokeOff = signal === null || signal === undefined ? "" : ` was ended by ${signal}`;
  const mark = isKilled ? `✖ ${name} hung and was killed` : `${isGood ? "▶" : "✖"} ${name}${brokeOff}`;
  const [passed, failed] = plain.split(FAILURES);
  const body = (isGood ? output : passed)
    .split("\n")
    .filter((line) => !NUMBERS.test(stripVTControlCharacters(line)));
  const title = `${mark} (${seconds.toFixed(1)} s)`;
  // A file that broke off has no such line.
  return {
    name,
    seconds,
    counts,
    isGood,
    title,
    failed: failed ?? passed,
    report: `${title}\n${body.join("\n").trimEnd()}\n`,
  };
}

function summarize(ended, tookMs) {
  const sum = (what) => ended.reduce((total, { counts }) => total + (counts[what] ?? 0), 0);
  const bad = ended.filter(({ isGood }) => !isGood);
  for (const { title, failed } of bad) process.stdout.write(`\n${title}\n${failed.trimEnd()}\n`);
  const numbers = ["tests", "pass", "fail", "cancelled", "skipped", "todo"].map(
    (what) => `${what} ${sum(what)}`,
  );
  process.stdout.write(
    `\n${numbers.join(" · ")} · ${ended.length} files in ${(tookMs / 1000).toFixed(1)} s\n${bad.map(({ title }) => `${title}\n`).join("")}`,
  );
  // A file that hangs or breaks off fails, too, and may have no test that does.
  const failed = Math.max(sum("fail") + sum("cancelled"), bad.length);
  process.stdout.write(`${sum("pass")} passed, ${failed} failed, ${sum("skipped")} skipped\n`);
  const seconds = Object.fromEntries(ended.map((one) => [one.name, one.seconds]));
  return { exitCode: bad.length === 0 ? 0 : 1, seconds };
}
