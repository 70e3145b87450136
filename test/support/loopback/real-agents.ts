import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { MORE_AGENTS_FOLDER, REPOSITORY } from "../environment.ts";

export interface RealAgents {
  claude: string;
  /** Claude Code 2.1.197, which differs in what it remembers. */
  earlierClaude: string;
  /** The shim that npm installs. It starts node first, which costs 40 to 55 ms. */
  codex: string;
  /** The folder of codex itself without the shim, to be put first on PATH; where its layout is known. */
  codexFolder?: string;
  /** A shim, too. */
  copilot: string;
}

/** The pinned agents of this repository, or an error that says how to get them. */
export function realAgents(): RealAgents {
  const codexFolder = nativeCodexFolder();
  return {
    claude: findPinned("claude"),
    earlierClaude: findPinned("claude", "test/earlier-claude"),
    codex: findPinned("codex"),
    copilot: findPinned("copilot"),
    ...(codexFolder === undefined ? {} : { codexFolder }),
  };
}

function findPinned(name: string, folder = ""): string {
  const file = join(REPOSITORY, folder, "node_modules/.bin", name);
  try {
    accessSync(file, constants.X_OK);
  } catch (cause) {
    throw new Error(`${file} is missing or may not be run. Run \`npm ci\` in ${REPOSITORY}.`, { cause });
  }
  return file;
}

/** Why copilot can't be run here: npm has no program of it for every machine. False where it can. */
export function whyNoCopilot(): string | false {
  const { platform, arch } = process;
  const names = [`copilot-${platform}-${arch}`, `copilot-linuxmusl-${arch}`];
  if (names.some((name) => existsSync(join(REPOSITORY, "node_modules/@github", name)))) return false;
  return `there is no @github/copilot for ${platform}-${arch}`;
}

/** Why this agent, which `npm ci` does not bring, can't be run here; false where it can. For the `skip` of a test. */
export function whyNo(name: "gemini" | "qwen" | "opencode" | "kimi"): string | false {
  if (existsSync(join(MORE_AGENTS_FOLDER, name))) return false;
  return `${name} is not installed: npm run agents -- install`;
}

function nativeCodexFolder(): string | undefined {
  const triples: Record<string, string> = {
    "linux-x64": "x86_64-unknown-linux-musl",
    "linux-arm64": "aarch64-unknown-linux-musl",
    "darwin-x64": "x86_64-apple-darwin",
    "darwin-arm64": "aarch64-apple-darwin",
  };
  const platform = `${process.platform}-${process.arch}`;
  const triple = triples[platform];
  if (triple === undefined) return undefined;
  const folder = join(REPOSITORY, `node_modules/@openai/codex-${platform}/vendor`, triple, "bin");
  return existsSync(join(folder, "codex")) ? folder : undefined;
}
