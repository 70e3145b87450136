import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../test/support/environment.ts";
import { realAgents } from "../test/support/loopback/real-agents.ts";
import { playClaude } from "./claude-scene.ts";
import { playCodex } from "./codex-scene.ts";
import { failure, print, stopped, success } from "./narrator.ts";
import { Stage } from "./stage.ts";
import { BrokenPromise, verify } from "./verify.ts";

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const CLOSED_PIPE = 141;

const stopping = new AbortController();
const stop = (exitCode: number) => {
  process.exitCode ??= exitCode;
  stopping.abort();
};
// Not `once`: npm may pass on what the terminal has sent already, and a second signal must not end the cleaning.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const)
  process.on(signal, () => stop(EXIT_CODES[signal]));
// `npm run demo | head`: nobody watches any more.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop(CLOSED_PIPE));

await play().catch((thrown: unknown) => {
  if (stopping.signal.aborted) return stopped();
  process.exitCode = 1;
  if (thrown instanceof BrokenPromise) failure(thrown.message);
  else failure(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
});

async function play(): Promise<void> {
  const startedAtMs = performance.now();
  requireAgents();
  const stage = await Stage.open(stopping.signal);
  try {
    introduce(stage);
    await playClaude(stage);
    await playCodex(stage);
    const strays = stage.model.strays();
    verify(strays.length === 0, `The model was asked for what it is not: ${strays.join(", ")}.`);
  } finally {
    await stage.close();
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  success(
    `Two agents, ${stage.commandCount} processes, one conversation each: what the first turn said, the second one knew (${seconds} s).`,
  );
}

function introduce(stage: Stage): void {
  const [claude, codex] = ["@anthropic-ai/claude-code", "@openai/codex"].map(versionOf);
  print(`The real Claude Code ${claude} and Codex ${codex}, in a throw-away folder. Only the model is a\n`);
  print(`stand-in, at ${stage.model.url}: no key, no network, no bill. It answers from what it is sent.\n`);
}

function requireAgents(): void {
  try {
    realAgents();
  } catch (error) {
    throw new BrokenPromise(error instanceof Error ? error.message : String(error));
  }
}

function versionOf(packageName: string): string {
  const manifest = join(REPOSITORY, "node_modules", packageName, "package.json");
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}
