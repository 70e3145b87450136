// npm run compare [-- --acpx PATH] [--node PATH] [--only truth|times|ROW] [--runs N] [--json] [--write]
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { type } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { describeMachine } from "../bench/machine.ts";
import { agentEnvironment, REPOSITORY } from "../test/support/environment.ts";
import { realAgents } from "../test/support/loopback/real-agents.ts";
import { DOCUMENT, writeDocument } from "./document.ts";
import { type Acpx, findAcpx } from "./find-acpx.ts";
import { parseOptions } from "./options.ts";
import { reportLine } from "./report-json.ts";
import { reportText } from "./report-text.ts";
import type { Versions } from "./result.ts";
import { measureTimes } from "./times/measure.ts";
import { acpxTool } from "./tools/acpx.ts";
import { ours } from "./tools/agent-sessions.ts";
import { measureTruth } from "./truth/measure.ts";
import { UsageError } from "./usage-error.ts";

const stop = new AbortController();
// Each running command listens, and one row has twenty of them.
setMaxListeners(0, stop.signal);
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Not `once`: npm passes on what the terminal has sent already, and the second must not cut the cleaning short.
  process.on(signal, () => {
    process.exitCode ??= EXIT_CODES[signal];
    stop.abort();
  });
}
// `npm run compare | head` closes the pipe: nobody reads any more.
process.stdout.on("error", () => stop.abort());

await compare(process.argv.slice(2)).catch((thrown: unknown) => {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
  process.exitCode ??= thrown instanceof UsageError ? 2 : 1;
  if (stop.signal.aborted) tell("Stopped; everything is cleaned up.");
  else if (thrown instanceof UsageError) tell(`error: ${thrown.message}`);
  else tell(`The comparison failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
});

async function compare(argv: readonly string[]): Promise<void> {
  const { rows, runs, json, write, ...look } = parseOptions(argv);
  if (process.platform !== "linux")
    throw new UsageError("The comparison runs on Linux: elsewhere it can't see what a tool leaves running.");
  const acpx = findAcpx({ ...look, path: process.env.PATH ?? "" });
  const versions = await versionsOf(acpx);
  const { PATH = "" } = agentEnvironment({ home: "/nonexistent", modelUrl: "http://127.0.0.1:9" });
  const measuring = {
    ours,
    theirs: acpxTool(acpx, PATH),
    claude: versions.claude,
    stop: stop.signal,
    tell,
  };
  const truth = await measureTruth(rows, measuring);
  const times = await measureTimes(rows, { ...measuring, rounds: runs });
  const report = { versions, rounds: runs, rows: [...truth, ...times] };
  process.stdout.write(json ? reportLine(report) : reportText(report));
  if (write) {
    writeDocument(reportText(report));
    tell(`Written to ${DOCUMENT}.`);
  }
  if (report.rows.some(({ problem }) => problem !== undefined)) process.exitCode ??= 1;
}

async function versionsOf(acpx: Acpx): Promise<Versions> {
  realAgents();
  const { cpu, cores, load, claude = "unknown" } = await describeMachine(stop.signal);
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  return {
    ours: version,
    oursNode: process.versions.node,
    acpx: acpx.version,
    acpxNode: acpx.nodeVersion,
    adapter: acpx.adapterVersion,
    claude,
    machine: `${cpu}, ${cores} cores, ${type()}`,
    load,
  };
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
