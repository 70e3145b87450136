import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../test/support/environment.ts";
import { print, success } from "./narrator.ts";
import { perform } from "./perform.ts";
import { chooseAgent, type QuickAgent, readChoice, WITHOUT_AGENT } from "./quick-agent.ts";
import { playQuick, reply } from "./quick-scene.ts";
import { Stage } from "./stage.ts";
import { BrokenPromise } from "./verify.ts";

/** The small demo: it runs without the agents that `npm ci` brings. */
await perform(async (stop) => {
  const startedAtMs = performance.now();
  const agent = chooseAgent(readChoice(process.argv.slice(2)), process.env.PATH ?? "");
  const stage = await Stage.open(stop, { reply, programs: { [agent.name]: agent.file } });
  try {
    introduce(agent, stage.model.url);
    await playQuick(stage, agent);
  } catch (error) {
    if (error instanceof BrokenPromise && agent.version !== undefined)
      throw new BrokenPromise(`${error.message} ${WITHOUT_AGENT}`);
    throw error;
  } finally {
    await stage.close();
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  success(
    `${stage.commandCount} processes, one conversation and its fork (${seconds} s). Nothing is left behind.`,
  );
  nextStep(agent);
});

function introduce({ name, file, version, reasons }: QuickAgent, modelUrl: string): void {
  if (version === undefined) {
    for (const reason of reasons) print(`${reason}\n`);
    print(
      "So the agent is a scripted stand-in that plays claude, of test/support/fake-agent. It asks no model.\n",
    );
  } else {
    print(`The agent is ${name} ${version} (${file}), in a throw-away HOME.\n`);
    print(`Its model is a stand-in, at ${modelUrl}: no key, no network, no bill.\n`);
  }
  print("An answer repeats the prompt, and counts the prompts that its conversation holds.\n");
}

function nextStep({ version }: QuickAgent): void {
  const { name, version: ours } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  const agents =
    version === undefined ? "With claude, codex or copilot on your PATH, signed in: i" : "Next: i";
  print(`${agents}nstall it, and begin a conversation in a project of yours.\n\n`);
  print(`  npm pack && npm install -g ./${name}-${ours}.tgz\n`);
  print(`  cd YOUR-PROJECT && agent-sessions create review "Read src/ and remember what it does."\n`);
}
