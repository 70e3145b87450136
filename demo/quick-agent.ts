import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { findExecutable } from "../src/system/processes/executable.ts";
import { FAKE_AGENT } from "../test/support/fake-agent/script.ts";
import { openSandbox } from "../test/support/sandbox.ts";
import { verify } from "./verify.ts";

/** The agents that can fork. */
const AGENTS = ["claude", "codex"] as const;
const CHOICES = [...AGENTS, "scripted"] as const;
type Choice = (typeof CHOICES)[number];

/** What to say where an agent of PATH fails. */
export const WITHOUT_AGENT = "Without an agent: npm run demo:quick -- --agent scripted";

export interface QuickAgent {
  name: (typeof AGENTS)[number];
  file: string;
  /** Undefined: the scripted one, which plays `name`. */
  version?: string;
  /** Why the agents of PATH are not used. */
  reasons: readonly string[];
}

/**
 * Settings of a machine's administrator, which no HOME and no variable overrides (Claude Code 2.1, Codex 0.17x): with
 * them an agent may ask its real service, and with a key that works.
 */
const ADMINISTRATED = {
  claude: [
    "/etc/claude-code",
    "/Library/Application Support/ClaudeCode",
    "/Library/Managed Preferences/com.anthropic.claudecode.plist",
  ],
  codex: ["/etc/codex", "/Library/Managed Preferences/com.openai.codex.plist"],
};

/** Returns the agent that a command line chooses. */
export function readChoice(args: readonly string[]): Choice | undefined {
  const [option, word, ...more] = args.flatMap((arg) => arg.split("="));
  const choice = CHOICES.find((name) => name === word);
  const isRight = option === undefined || (option === "--agent" && choice !== undefined && more.length === 0);
  verify(isRight, `There is no ${args.join(" ")} here. Give --agent with one of: ${CHOICES.join(", ")}.`);
  return choice;
}

/** Returns the first agent in `path` that surely asks the model on loopback alone, or the one that was asked for. */
export function chooseAgent(wanted: Choice | undefined, path: string): QuickAgent {
  if (wanted === "scripted") return scripted(["You asked for it."]);
  const reasons: string[] = [];
  for (const name of wanted === undefined ? AGENTS : [wanted]) {
    const file = findExecutable(name, path, process.cwd());
    const reason = file === undefined ? `There is no ${name} on your PATH.` : whyNotUnasked(name, file);
    if (file === undefined || (reason !== undefined && wanted === undefined)) {
      reasons.push(reason ?? "");
      continue;
    }
    const version = versionOf(file);
    if (version !== undefined) return { name, file, version, reasons };
    reasons.push(`${file} --version fails in a HOME that is new.`);
  }
  verify(wanted === undefined, `${reasons.join(" ")} ${WITHOUT_AGENT}`);
  return scripted(reasons);
}

function scripted(reasons: readonly string[]): QuickAgent {
  return { name: "claude", file: FAKE_AGENT, reasons };
}

/** A wrapper may bring a key and an address of its own, which would be asked and billed. */
function whyNotUnasked(name: keyof typeof ADMINISTRATED, file: string): string | undefined {
  const anyway = `To use it anyway: npm run demo:quick -- --agent ${name}`;
  const interpreter = /^#!.*/.exec(head(file))?.[0];
  if (interpreter !== undefined && !/\bnode\b/.test(interpreter))
    return `${file} is a script, which may choose a model of its own. ${anyway}`;
  const settings = ADMINISTRATED[name].find((place) => existsSync(place));
  return settings && `${settings} may send ${name} to a model of its own. ${anyway}`;
}

function head(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(128);
    return bytes.toString("latin1", 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

/** In an environment in which there is nobody to ask. */
function versionOf(file: string): string | undefined {
  const { env, workspace, remove } = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  try {
    const said = spawnSync(file, ["--version"], { cwd: workspace, env, encoding: "utf8", timeout: 10_000 });
    return said.status === 0 ? /\d+\.\d+\.\d+/.exec(said.stdout)?.[0] : undefined;
  } finally {
    remove();
  }
}
