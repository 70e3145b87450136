import { execFileSync } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
} from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { UsageError } from "./usage-error.ts";

/** The acpx that the reader has installed. */
export interface Acpx {
  /** What starts it. */
  argv: readonly string[];
  version: string;
  node: string;
  nodeVersion: string;
  /** The version of the agent for Claude Code that it will start. */
  adapterVersion: string;
}

/** The one that this comparison was written for. */
export const KNOWN_VERSION = "0.19.1";
const ADAPTER = "@agentclientprotocol/claude-agent-acp";
/** acpx 0.19.1 asks for 22.13. */
const LEAST_NODE = [22, 13] as const;

const INSTALL = `npm install -g acpx@${KNOWN_VERSION} ${ADAPTER}@0.76.0`;

export interface Look {
  /** What `--acpx` says; without it, the first one on PATH is meant. */
  acpx?: string | undefined;
  /** What `--node` says. */
  node?: string | undefined;
  path: string;
}

/** @throws UsageError that says what to install, or what to give. */
export function findAcpx({ acpx, node, path }: Look): Acpx {
  const found = acpx === undefined ? onPath("acpx", path) : resolve(acpx);
  if (found === undefined) {
    throw new UsageError(
      `There is no acpx on PATH. Install it, with Node ${LEAST_NODE.join(".")} or newer: ${INSTALL}\n` +
        "Or say where it is: npm run compare -- --acpx PATH [--node PATH]",
    );
  }
  if (!isProgram(found)) throw new UsageError(`--acpx: ${found} is no program that can be run.`);
  const program = realpathSync(found);
  const { file, version } = findNode(node, [join(dirname(found), "node"), onPath("node", path) ?? ""]);
  const argv = isNodeScript(program) ? [file, program] : [program];
  return {
    argv,
    version: versionOf(argv, found),
    node: file,
    nodeVersion: version,
    adapterVersion: adapterBeside(program),
  };
}

function findNode(
  given: string | undefined,
  candidates: readonly string[],
): { file: string; version: string } {
  if (given !== undefined && !isProgram(resolve(given)))
    throw new UsageError(`--node: ${resolve(given)} is no program that can be run.`);
  const seen: string[] = [];
  for (const candidate of given === undefined ? candidates.filter(isProgram) : [resolve(given)]) {
    const version = ask([candidate, "--version"])?.replace(/^v/, "") ?? "";
    if (isEnough(version)) return { file: candidate, version };
    seen.push(`${candidate} is ${version === "" ? "no Node" : version}`);
  }
  const looked = seen.length === 0 ? "there is none beside acpx or on PATH" : seen.join(", ");
  throw new UsageError(
    `acpx wants Node ${LEAST_NODE.join(".")} or newer, but ${looked}. Give one: npm run compare -- --node PATH`,
  );
}

function isEnough(version: string): boolean {
  const [major = Number.NaN, minor = 0] = version.split(".").map(Number);
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
}

function versionOf(argv: readonly string[], found: string): string {
  const version = ask([...argv, "--version"]);
  if (version !== undefined && /^\d+\.\d+\.\d+\S*$/.test(version)) return version;
  throw new UsageError(`${found} is no acpx: it does not answer --version with one. Install it: ${INSTALL}`);
}

/**
 * Looks where acpx 0.19.1 looks. Where it finds nothing it fetches the package in the middle of a prompt, which would
 * be timed.
 */
function adapterBeside(program: string): string {
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    const manifest = join(folder, "node_modules", ADAPTER, "package.json");
    if (existsSync(manifest)) return String(JSON.parse(readFileSync(manifest, "utf8")).version);
    if (folder === dirname(folder)) break;
  }
  throw new UsageError(
    `acpx is there, but its agent for Claude Code is not beside it (${ADAPTER}); it would fetch it in the middle ` +
      `of the comparison. Install both: ${INSTALL}`,
  );
}

/** Runs it without anything of the reader's environment. */
function ask([file = "", ...args]: readonly string[]): string | undefined {
  try {
    const env = { PATH: `${dirname(file)}:/usr/local/bin:/usr/bin:/bin`, HOME: "/nonexistent" };
    return execFileSync(file, args, { encoding: "utf8", env, stdio: "pipe", timeout: 20_000 }).trim();
  } catch {
    return undefined;
  }
}

function onPath(name: string, path: string): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isNodeScript(file: string): boolean {
  const start = Buffer.alloc(64);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start);
  } finally {
    closeSync(descriptor);
  }
  return /^#!.*\bnode\b/.test(start.toString("latin1").split("\n")[0] ?? "");
}
