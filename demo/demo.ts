import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../test/support/environment.ts";
import { realAgents } from "../test/support/loopback/real-agents.ts";
import { answer } from "./answers.ts";
import { playClaude } from "./claude-scene.ts";
import { playCodex } from "./codex-scene.ts";
import { performFleet } from "./fleet.ts";
import { print, success } from "./narrator.ts";
import { perform } from "./perform.ts";
import { Stage } from "./stage.ts";
import { BrokenPromise, verify } from "./verify.ts";

await perform(async (stop) => {
  const wantsFleet = readWords(process.argv.slice(2));
  requireAgents();
  await (wantsFleet ? performFleet(stop) : performAgents(stop));
});

/** Two agents on one machine. */
async function performAgents(stop: AbortSignal): Promise<void> {
  const startedAtMs = performance.now();
  const stage = await Stage.open(stop, { reply: answer });
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

/** Returns whether the demo of many machines is wanted. */
function readWords(words: readonly string[]): boolean {
  const isFleet = words.length === 1 && words[0] === "--fleet";
  verify(
    isFleet || words.length === 0,
    `There is no ${words.join(" ")} here. Give --fleet for conversations that many machines share, or nothing.`,
  );
  return isFleet;
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
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokenPromise(`${reason} The small demo does without: npm run demo:quick`);
  }
}

function versionOf(packageName: string): string {
  const manifest = join(REPOSITORY, "node_modules", packageName, "package.json");
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}
