import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { agents } from "../../../src/agents/index.ts";
import type { Agent } from "../../../src/domain/agent/agent.ts";
import { findExecutable } from "../../../src/system/processes/executable.ts";
import { agentEnvironment } from "../environment.ts";
import { openPlace, PROMISES, type PromiseKey } from "./cases.ts";
import type { PromiseRow } from "./row.ts";
import { ROWS } from "./rows.ts";

/** Those that CI asks of every agent. */
export const FIRST_PROMISES: readonly PromiseKey[] = ["create", "continue", "unknown", "cancel"];
const ALL = Object.keys(PROMISES) as PromiseKey[];

/** What runs have shown of an agent: its version, and the names of the tests that it has passed. */
export interface PromisesKept {
  agent: string;
  version: string;
  passed: Partial<Record<PromiseKey, string>>;
}

/** What one run has shown, as far as it came. */
export interface RunOfPromises extends PromisesKept {
  failed: PromiseKey[];
}

/** The variable with the folder in which a run leaves what it has shown. */
const KEPT_IN = "PROMISES_KEPT_IN";

const UNKNOWN = "unknown";

/** Returns the names of the tests of an agent, for all that it promises. */
export function testsOf(row: PromiseRow): [key: PromiseKey, name: string][] {
  return ALL.filter((key) => row.no[key] === undefined).map((key) => [
    key,
    `${row.agent}: ${PROMISES[key].title(row)}`,
  ]);
}

/** Tests that an agent keeps these promises, on the real program; skipped where it is missing. */
export function testPromises(agent: string, keys: readonly PromiseKey[] = ALL): void {
  const row = ROWS.find((one) => one.agent === agent);
  if (row === undefined) throw new Error(`test/support/promises/rows.ts has no row for ${agent}.`);
  const skip = whyMissing(row);
  const shown: RunOfPromises = { agent, version: UNKNOWN, passed: {}, failed: [] };
  const folder = process.env[KEPT_IN];
  // After each test: a run that is cut off has shown what it has shown.
  const record = () => {
    if (folder !== undefined) writeFileSync(join(folder, `${agent}.json`), JSON.stringify(shown));
  };
  for (const [key, name] of testsOf(row).filter(([key]) => keys.includes(key)))
    test(name, { skip }, async (t) => {
      const place = await openPlace(t, row);
      // Asked again: a machine that is busy may not answer in time.
      if (shown.version === UNKNOWN) shown.version = await versionOf(place, agent);
      shown.failed.push(key);
      record();
      await PROMISES[key].run(place);
      shown.failed.pop();
      shown.passed[key] = name;
      record();
    });
}

function whyMissing({ agent, whyMissing }: PromiseRow): string | false {
  if (whyMissing !== undefined) return whyMissing();
  const { executable } = (agents as Record<string, Agent>)[agent] ?? {};
  const { PATH = "" } = agentEnvironment({ home: "/nowhere", modelUrl: "http://127.0.0.1:9" });
  const isThere = executable !== undefined && findExecutable(executable, PATH, "/") !== undefined;
  return isThere ? false : `${agent} is not installed: npm ci, or npm run agents -- install`;
}

async function versionOf({ run }: Awaited<ReturnType<typeof openPlace>>, agent: string): Promise<string> {
  const { json } = await run(["agents", "--json"]);
  const told = json.agents as { name: string; version: string | null }[];
  return told.find(({ name }) => name === agent)?.version ?? UNKNOWN;
}
