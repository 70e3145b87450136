import { describeMachine } from "./machine.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { partNames, parts } from "./parts/index.ts";
import { reportLine } from "./report-json.ts";
import { machineText, partText, READING_AID } from "./report-text.ts";
import type { Part, PartResult } from "./result.ts";

const stop = new AbortController();
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Not `once`: npm passes on what the terminal has sent already, and the second must not cut the cleaning short.
  process.on(signal, () => {
    process.exitCode ??= EXIT_CODES[signal];
    stop.abort();
  });
}
// `npm run bench | head` closes the pipe: nobody reads any more.
process.stdout.on("error", () => stop.abort());

await bench(parseOptions(process.argv.slice(2))).catch((thrown: unknown) => {
  process.exitCode ??= 1;
  if (stop.signal.aborted) return process.stderr.write("\nStopped; everything is cleaned up.\n");
  return process.stderr.write(
    `The bench failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`,
  );
});

async function bench({ runs, only, json = false }: BenchOptions): Promise<void> {
  const begin = performance.now();
  const machine = await describeMachine(stop.signal);
  if (!json) process.stdout.write(`${machineText(machine)}\n${READING_AID}`);
  const results: PartResult[] = [];
  for (const part of only === undefined ? partNames : [only]) {
    const { title, defaultRounds, measure }: Part = parts[part];
    const rounds = runs ?? defaultRounds;
    const result = { part, title, rounds, ...(await measure({ rounds, stop: stop.signal })) };
    results.push(result);
    if (!json) process.stdout.write(`\n${partText(result)}`);
    // A time depends on the machine; which rows were read does not.
    if (result.plans?.some(({ whole }) => whole.length > 0)) process.exitCode ??= 1;
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  process.stdout.write(json ? reportLine(machine, results) : `\nThe bench took ${seconds} s.\n`);
}
