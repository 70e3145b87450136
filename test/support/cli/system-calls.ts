import { spawnSync } from "node:child_process";
import { dirname } from "node:path";

/** The calls that decide what a power failure leaves, and those by which the world is told. */
const TRACED =
  "openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,rmdir";

/** One thing that a process did to the disk, or told the world. */
export interface SystemCall {
  op: "create" | "write" | "fsync" | "rename" | "link" | "unlink" | "mkdir" | "print" | "open gate";
  /** Of a rename or link: where to. */
  path: string;
  /** Of a rename or link. */
  from?: string;
  /** Of a write: how it begins, quoted as strace quotes. */
  text?: string;
}

/** The words that run a command under strace, which writes what it sees into a file. */
export function traced(argv: readonly string[], traceFile: string): string[] {
  return [
    "strace",
    "-f",
    "-y",
    "-s",
    "80",
    "-e",
    `trace=${TRACED}`,
    "-e",
    "signal=none",
    "-o",
    traceFile,
    ...argv,
  ];
}

/** Why nothing can be traced here; undefined where it can. */
export function whyNotTraced(): string | undefined {
  const { error, status, stderr } = spawnSync("strace", ["-f", "-o", "/dev/null", "true"], {
    encoding: "utf8",
  });
  if (error !== undefined) return "strace is not installed";
  return status === 0 ? undefined : `strace can't trace here: ${stderr.trim().split("\n")[0]}`;
}

const ANSWER = /^(?:write|pwrite64)\(\d+<(?:pipe|socket|UNIX)[^"]*"(?:fast\\n|\{\\"type|\d{8}-)/;

/** What the command itself did, in order; its threads and what it started are left out. */
export function readTrace(text: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const lines = text.split("\n");
  const self = lines[0]?.split(" ")[0];
  let begun = "";
  for (const line of lines) {
    const match = /^(\d+)\s+(.*)$/.exec(line);
    if (match === null) continue;
    // What a command has to say is written by a thread beside it.
    if (match[1] !== self) {
      if (ANSWER.test(match[2] ?? "")) calls.push({ op: "print", path: "" });
      continue;
    }
    let call = match[2] ?? "";
    // Another thread's call came between its beginning and its end.
    const unfinished = / <unfinished \.\.\.>$/.exec(call);
    if (unfinished !== null) begun = call.slice(0, unfinished.index);
    const resumed = /^<\.\.\. \w+ resumed>/.exec(call);
    if (resumed !== null) call = begun + call.slice(resumed[0].length);
    if (unfinished === null && / = \d+/.test(call)) calls.push(...readCall(call));
  }
  return calls;
}

function readCall(call: string): SystemCall[] {
  const name = /^(\w+)\(/.exec(call)?.[1] ?? "";
  const descriptor = /^\w+\((\d+)<([^>]*)>/.exec(call);
  const path = descriptor?.[2] ?? "";
  const [first = "", second = ""] = [...call.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((found) => found[1] ?? "");
  switch (name) {
    case "openat":
      return call.includes("O_CREAT") ? [{ op: "create", path: first }] : [];
    case "write":
    case "writev":
    case "pwrite64":
      if (descriptor?.[1] === "1") return [{ op: "print", path: "" }];
      if (first === "go\\n") return [{ op: "open gate", path: "" }];
      return path.startsWith("/") ? [{ op: "write", path, text: first }] : [];
    case "fsync":
    case "fdatasync":
      return [{ op: "fsync", path }];
    case "rename":
    case "renameat":
    case "renameat2":
      return [{ op: "rename", from: first, path: second }];
    case "link":
    case "linkat":
      return [{ op: "link", from: first, path: second }];
    case "mkdir":
      return [{ op: "mkdir", path: first }];
    default:
      return [{ op: "unlink", path: first }];
  }
}

/**
 * What a power failure could take: bytes that were written and not forced to disk, names whose folder was not,
 * and files that came to their name before their bytes were safe. As files say nothing of when they were made,
 * a file that is opened to be made counts as new unless `isOld` knows it.
 */
export function lostByPowerFailure(calls: readonly SystemCall[], isOld: (path: string) => boolean): string[] {
  const [bytes, names, early] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { op, path, from = "" } of calls) {
    switch (op) {
      case "create":
        if (!isOld(path)) names.add(path);
        break;
      case "mkdir":
        names.add(path);
        break;
      case "write":
        bytes.add(path);
        break;
      case "fsync":
        bytes.delete(path);
        for (const name of names) if (dirname(name) === path) names.delete(name);
        break;
      case "rename":
      case "link":
        names.add(path);
        if (bytes.has(from)) early.add(path);
        if (op === "rename") {
          bytes.delete(from);
          names.delete(from);
        }
        break;
      case "unlink":
        for (const set of [bytes, names, early]) set.delete(path);
        break;
    }
  }
  return [
    ...[...bytes].map((path) => `the bytes of ${path}`),
    ...[...names].map((path) => `the name ${path}`),
    ...[...early].map((path) => `${path}, which came to its name before its bytes were safe`),
  ];
}
