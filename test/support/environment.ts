import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { prepareMoreAgents } from "./more-agents.ts";

export const REPOSITORY = resolve(import.meta.dirname, "../..");

/** The commands of the agents that `npm run agents -- install` brings. It has no `node`, which would take the place of ours. */
export const MORE_AGENTS_FOLDER = join(REPOSITORY, "test/more-agents/node_modules/.commands");

/** No key at all: a model on loopback takes anything, and nothing else would. */
export const LOOPBACK_KEY = "sk-test-loopback";

export interface AgentEnvironmentOptions {
  /** A throw-away folder, as made by `prepareHome`. */
  home: string;
  modelUrl: string;
  /** Added last, so it wins; undefined takes a variable out. */
  extra?: Record<string, string | undefined>;
}

/**
 * The one environment in which tests, demo and benches run anything that may start an agent. It is built from
 * nothing: no key, proxy, certificate or setting of whoever runs the tests can get in, and an address outside
 * of this machine is refused.
 */
export function agentEnvironment({
  home,
  modelUrl,
  extra = {},
}: AgentEnvironmentOptions): Record<string, string> {
  requireLoopback(modelUrl);
  const environment: Record<string, string | undefined> = {
    PATH: [
      join(REPOSITORY, "node_modules/.bin"),
      MORE_AGENTS_FOLDER,
      dirname(process.execPath),
      "/usr/local/bin:/usr/bin:/bin",
    ].join(":"),
    HOME: home,
    TMPDIR: temporaryFolder(home),
    LANG: "C.UTF-8",
    AGENT_SESSIONS_HOME: join(home, "agent-sessions-state"),
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: LOOPBACK_KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_MAX_RETRIES: "0",
    LOOPBACK_API_KEY: LOOPBACK_KEY,
    COPILOT_PROVIDER_BASE_URL: `${modelUrl}/copilot/v1`,
    COPILOT_PROVIDER_API_KEY: LOOPBACK_KEY,
    COPILOT_PROVIDER_WIRE_API: "responses",
    COPILOT_MODEL: "gpt-loopback",
    COPILOT_OFFLINE: "true",
    COPILOT_AUTO_UPDATE: "false",
    // Where copilot unpacks its 235 MB, once and not for every home.
    COPILOT_PKG_CACHE_HOME: join(REPOSITORY, "node_modules/.cache/copilot"),
    // Gemini 0.61.0 runs nowhere but in a folder that somebody has called trusted.
    GEMINI_API_KEY: LOOPBACK_KEY,
    GEMINI_CLI_TRUST_WORKSPACE: "true",
    GOOGLE_GEMINI_BASE_URL: `${modelUrl}/gemini`,
    // Qwen 0.24.4 would start itself once more, with more memory.
    QWEN_CODE_NO_RELAUNCH: "true",
    ...extra,
  };
  for (const name of [
    "ANTHROPIC_BASE_URL",
    "OPENAI_BASE_URL",
    "COPILOT_PROVIDER_BASE_URL",
    "GOOGLE_GEMINI_BASE_URL",
  ]) {
    const url = environment[name];
    if (url !== undefined) requireLoopback(url.replace(/\/(copilot\/v1|gemini)$/, ""));
  }
  for (const name of [
    "ANTHROPIC_API_KEY",
    "LOOPBACK_API_KEY",
    "COPILOT_PROVIDER_API_KEY",
    "GEMINI_API_KEY",
  ]) {
    if ((environment[name] ?? LOOPBACK_KEY) !== LOOPBACK_KEY)
      throw new Error(`${name} must be ${LOOPBACK_KEY}.`);
  }
  const present = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(present);
}

/** Makes `home` a HOME in which agents ask the model on loopback and nobody else. */
export function prepareHome(home: string, modelUrl: string): void {
  requireLoopback(modelUrl);
  for (const folder of [home, temporaryFolder(home), join(home, ".codex")]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  writeFileSync(join(home, ".codex/config.toml"), codexConfig(modelUrl), { mode: 0o600 });
  prepareMoreAgents(home, modelUrl, LOOPBACK_KEY);
  shareCompiledPrograms(home);
}

/** Every start in a new home would compile our programs anew, which takes longer than most commands. */
function shareCompiledPrograms(home: string): void {
  const shared = join(REPOSITORY, "node_modules/.cache/agent-sessions");
  for (const folder of [shared, join(home, ".cache")]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  symlinkSync(shared, join(home, ".cache/agent-sessions"));
}

/** Without egress, analytics and plugin sync would cost codex five seconds per turn. */
function codexConfig(modelUrl: string): string {
  return `model = "gpt-loopback"
model_provider = "loopback"

[model_providers.loopback]
name = "loopback"
base_url = "${modelUrl}/v1"
wire_api = "responses"
env_key = "LOOPBACK_API_KEY"

[analytics]
enabled = false

[features]
plugins = false
apps = false
`;
}

/** Inside the home, so it goes with it. The name is short: agents bind sockets below it. */
function temporaryFolder(home: string): string {
  return join(home, "tmp");
}

function requireLoopback(url: string): void {
  if (!/^http:\/\/127\.0\.0\.1:[1-9][0-9]{0,4}$/.test(url)) {
    throw new Error(`Agents under test talk to http://127.0.0.1:<port> only, not to ${url}.`);
  }
}
