import { spawn } from "node:child_process";
import { AppError } from "../../domain/errors.ts";
import { errnoOf } from "../errors.ts";

export type GitEnvironment = Readonly<Record<string, string | undefined>>;

export interface GitRun {
  /** Undefined where it was ended. */
  code: number | undefined;
  stdout: Buffer;
  stderr: string;
  /** Whether it has written more than it may; what is there is cut off. */
  isCut: boolean;
}

export interface GitOptions {
  env: GitEnvironment;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  mostBytes?: number | undefined;
  /** Variables for git alone. */
  extra?: Readonly<Record<string, string>> | undefined;
}

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_STDERR = 4_096;

/** No hook and no monitor of the repository is started. */
const QUIET = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];

/**
 * Runs git in a folder to its end. Nothing of the caller's environment points it to another repository, and it asks
 * nobody.
 *
 * @throws AppError `unsupported` without git; the signal's reason where it has ended git
 */
export async function git(
  folder: string,
  args: readonly string[],
  { env, signal, timeoutMs, mostBytes = MOST_BYTES, extra = {} }: GitOptions,
): Promise<GitRun> {
  signal?.throwIfAborted();
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !/^GIT_/.test(name)));
  const child = spawn("git", [...QUIET, ...args], {
    cwd: folder,
    env: { ...own, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", ...extra },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  let bytes = 0;
  let stderr = "";
  let isCut = false;
  const kill = () => child.kill("SIGKILL");
  child.stdout.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes <= mostBytes) return void out.push(part);
    isCut = true;
    kill();
  });
  child.stderr.on("data", (part: Buffer) => {
    if (stderr.length < MOST_STDERR) stderr += part.toString("utf8");
  });
  const timer = timeoutMs === undefined ? undefined : setTimeout(kill, timeoutMs);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const code = await new Promise<number | undefined>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve(status ?? undefined));
    });
    signal?.throwIfAborted();
    return { code, stdout: Buffer.concat(out), stderr: stderr.trim(), isCut };
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new AppError("unsupported", "There is no git on PATH, or the folder is gone.", {
      hint: "Install git on this machine.",
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/** Does the same, and returns what git has printed. @throws AppError `unsupported` where it fails, with its words */
export async function gitOrFail(
  folder: string,
  args: readonly string[],
  options: GitOptions,
): Promise<Buffer> {
  const { code, stdout, stderr, isCut } = await git(folder, args, options);
  if (code === 0) return stdout;
  const why = isCut
    ? "has printed too much"
    : stderr === ""
      ? "was ended"
      : `says: ${stderr.split("\n").at(-1)}`;
  throw new AppError(
    "unsupported",
    `\`git ${args.find((one) => !one.startsWith("-"))}\` in ${folder} ${why}`,
    {
      hint: "Run it there yourself.",
    },
  );
}
