import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { DOCUMENT, withReport } from "../../compare/document.ts";
import { findAcpx } from "../../compare/find-acpx.ts";
import { parseOptions } from "../../compare/options.ts";
import { reportLine } from "../../compare/report-json.ts";
import { reportText, WIDTH } from "../../compare/report-text.ts";
import type { Report, RowResult, Versions } from "../../compare/result.ts";
import { gradeForeign } from "../../compare/truth/foreign.ts";
import { gradeKill } from "../../compare/truth/kill.ts";
import { gradeLost } from "../../compare/truth/lost.ts";
import { gradeParallel } from "../../compare/truth/parallel.ts";
import { gradeRefused } from "../../compare/truth/refused.ts";
import { UsageError } from "../../compare/usage-error.ts";
import { better, smaller } from "../../compare/verdict.ts";
import { widthOf } from "../../src/cli/output/width.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Makes `PREFIX/bin/NAME` print this. */
function program(folder: string, name: string, prints: string): string {
  const file = join(folder, "bin", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho '${prints}'\n`);
  chmodSync(file, 0o755);
  return file;
}

function placeOf(t: TestContext): { folder: string; path: string } {
  const folder = tempFolder(t);
  return { folder, path: join(folder, "bin") };
}

function installAdapter(folder: string): void {
  const adapter = join(folder, "node_modules/@agentclientprotocol/claude-agent-acp");
  mkdirSync(adapter, { recursive: true });
  writeFileSync(join(adapter, "package.json"), '{"version":"0.76.0"}');
}

function saysUsage(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, message);
    return true;
  };
}

test("without an acpx: one error that says how to install it, exit 2, nothing on stdout", async (t) => {
  const { folder } = placeOf(t);
  const argv = [process.execPath, "scripts/run-source.mjs", "compare/compare.ts"];
  const { code, stdout, stderr } = await run(argv, { cwd: REPOSITORY, env: { PATH: folder, HOME: folder } });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^error: There is no acpx on PATH\. .*npm install -g acpx@0\.19\.1 /);
});

test("an acpx that can't be used is named before anything starts", (t) => {
  const { folder, path } = placeOf(t);
  assert.throws(() => findAcpx({ acpx: "/no/acpx", path }), saysUsage(/--acpx: \/no\/acpx is no program/));
  const acpx = program(folder, "acpx", "hello");
  assert.throws(() => findAcpx({ path }), saysUsage(/wants Node 22\.13 .* there is none beside acpx/));
  const old = program(folder, "node", "v20.20.2");
  assert.throws(() => findAcpx({ path }), saysUsage(/node is 20\.20\.2.* --node PATH/));
  assert.throws(() => findAcpx({ node: "/no/node", path }), saysUsage(/--node: \/no\/node is no program/));
  program(folder, "node", "v22.13.0");
  assert.throws(() => findAcpx({ path }), saysUsage(/bin\/acpx is no acpx/));
  program(folder, "acpx", "0.19.1");
  assert.throws(() => findAcpx({ path }), saysUsage(/claude-agent-acp.* would fetch it .* npm install -g/));
  installAdapter(folder);
  assert.deepEqual(findAcpx({ path }), {
    argv: [acpx],
    version: "0.19.1",
    node: old,
    nodeVersion: "22.13.0",
    adapterVersion: "0.76.0",
  });
});

test("options that are wrong are usage errors", () => {
  const wrong: [string[], RegExp][] = [
    [["--only", "lots"], /no "lots"\. Give truth, times, or one of: lost, .*memory/],
    [["--only", "constructor"], /no "constructor"/],
    [["--runs", "0"], /'0' is invalid.*above 0/],
    [["--write", "--only", "truth"], /--write needs all rows/],
    [["--acpx"], /argument missing/],
    [["--fast"], /unknown option '--fast'/],
    [["fast"], /too many arguments|"fast" is no option/],
  ];
  for (const [argv, message] of wrong) assert.throws(() => parseOptions(argv), saysUsage(message));
  assert.deepEqual(parseOptions(["--only", "kill"]).rows, ["kill"]);
  assert.ok(parseOptions([]).rows.length > parseOptions(["--only", "truth"]).rows.length);
});

test("a verdict comes from what was seen, whoever it favours", () => {
  assert.equal(better([1, 0], [1, 1]), "theirs");
  assert.equal(better([2, 0], [1, 9]), "ours");
  assert.equal(better([1], [1]), "equal");
  const at = (median: number) => ({ median, min: 0, max: 9999 });
  assert.equal(smaller(at(100), at(109)), "equal", "less than a tenth is chance");
  assert.equal(smaller(at(100), at(120)), "ours");
  assert.equal(smaller(at(120), at(100)), "theirs");
  assert.equal(smaller(at(0), at(0)), "equal");
});

test("lost: the whole conversation is better than a refusal, a refusal than a notice, that than silence", () => {
  const seen = { earlier: 3, stdout: "", stderr: "[acpx] tokens: input=101 output=20" };
  const kept = gradeLost({ ...seen, seenAfter: 3, exitCode: 0 });
  const no = gradeLost({ ...seen, seenAfter: 0, exitCode: 4 });
  const told = gradeLost({ ...seen, seenAfter: 0, exitCode: 0, stderr: "a fresh one was begun" });
  const silent = gradeLost({ ...seen, seenAfter: 0, exitCode: 0 });
  const inOrder = [kept, no, told, silent];
  for (const [one, worse] of inOrder.slice(1).map((grade, index) => [inOrder[index], grade] as const))
    assert.equal(better(one?.score ?? [], worse.score), "ours", `${one?.text} / ${worse.text}`);
  assert.match(silent.text, /0 of 3 earlier prompts, exit 0, no notice/);
});

test("the other truths: each fact that is better wins", () => {
  const queue = { accepted: 3, nextExitCode: 0, nextStderr: "" };
  assert.equal(
    better(gradeKill({ ...queue, delivered: 1 }).score, gradeKill({ ...queue, delivered: 3 }).score),
    "theirs",
  );
  const many = { asked: 20, order: [1, 2, 3], seconds: 1, complaints: [] };
  const jumbled = gradeParallel({ ...many, answered: 20, order: [2, 1, 3] });
  assert.equal(better(gradeParallel({ ...many, answered: 20 }).score, jumbled.score), "ours");
  assert.equal(better(gradeParallel({ ...many, answered: 18 }).score, jumbled.score), "theirs");
  assert.match(jumbled.text, /1 overtaken/);
  const outside = { nextStderr: "" };
  const late = gradeForeign({ ...outside, isSeenNext: false, isSeenAfterRestart: true });
  const never = gradeForeign({ ...outside, isSeenNext: false, isSeenAfterRestart: false });
  assert.equal(better(late.score, never.score), "ours");
  const refused = gradeRefused({ exitCode: 1, stdout: "Invalid API key", otherExitCode: 1 });
  assert.equal(
    better(gradeRefused({ exitCode: 7, stdout: "", otherExitCode: 3 }).score, refused.score),
    "ours",
  );
  assert.match(refused.text, /on stdout as if it were the answer/);
});

const VERSIONS: Versions = {
  ours: "0.1.0",
  oursNode: "20.20.2",
  acpx: "0.19.1",
  acpxNode: "22.23.3",
  adapter: "0.76.0",
  claude: "2.1.332",
  machine: "A processor with a name as long as those of some makers are, 128 cores, Linux",
  load: 12.5,
};
const LONG = "as many words as it takes to be broken into several lines, more than once";
const SPREAD = { median: 12345.6, min: 11111.1, max: 23456.7 };
const ROWS: RowResult[] = [
  {
    kind: "truth",
    row: "kill",
    title: LONG,
    ours: { text: LONG, evidence: { delivered: 3 } },
    theirs: { text: LONG, evidence: { delivered: 0 } },
    verdict: "ours",
  },
  { kind: "truth", row: "lost", title: "lost", problem: `acpx: ${LONG}, ${LONG}` },
  {
    kind: "times",
    row: "create",
    title: "prompt, nothing running",
    unit: "ms",
    ours: SPREAD,
    theirs: SPREAD,
    alone: SPREAD,
    verdict: "theirs",
  },
];

const REPORT: Report = { versions: VERSIONS, rounds: 5, rows: ROWS };

test("the report fits 100 columns, says what was not measured, and names the rows that are theirs", () => {
  const report = reportText(REPORT);
  for (const line of report.split("\n")) assert.ok(widthOf(line) <= WIDTH, `${widthOf(line)}: ${line}`);
  assert.match(report, /Not measured: lost: acpx: as many words/);
  assert.match(
    report,
    /better in 1, acpx in 1 \(prompt, nothing running\), and 0 are equal; 1\s+not measured/,
  );
  const line = JSON.parse(reportLine(REPORT));
  assert.deepEqual(line.rows[0].theirs.evidence, { delivered: 0 });
  assert.deepEqual([line.rows[1].verdict, line.rows[1].problem === null], [null, false]);
  assert.deepEqual(line.rows[2].claude_alone, SPREAD);
});

test("a report takes the place of the one before it in docs/compare.md, and of nothing else", () => {
  const document = readFileSync(join(REPOSITORY, DOCUMENT), "utf8");
  const once = withReport(document, "the new report\n");
  assert.ok(once.includes("```text\nthe new report\n```"));
  assert.equal(withReport(once, "the new report\n"), once);
  assert.equal(once.split("## ").length, document.split("## ").length, "every section is there");
  assert.throws(() => withReport("no marks", "x"), /has lost the marks/);
});
