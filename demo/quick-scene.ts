import type { Reply } from "../test/support/loopback/model.ts";
import type { ReceivedRequest } from "../test/support/loopback/received.ts";
import { heading, note } from "./narrator.ts";
import type { QuickAgent } from "./quick-agent.ts";
import type { Stage } from "./stage.ts";
import { verify } from "./verify.ts";

const [NAME, FORK] = ["review", "bold-review"];
const LONG_PROMPT = "Read everything, twice.";
const LONG_MS = 2000;

/** What the model says: as the scripted agent, which needs none. */
export function reply(request: ReceivedRequest): Reply {
  const prompts = request.userMessages;
  const text = `You said: ${prompts.at(-1)} [prompts: ${prompts.length}]`;
  return prompts.at(-1) === LONG_PROMPT ? { slowMs: LONG_MS, text } : text;
}

/** Create, send, fork, detach and wait. Each answer must come from a conversation with as many prompts as it says. */
export async function playQuick(stage: Stage, { name, version }: QuickAgent): Promise<void> {
  const agent = name === "claude" ? [] : ["--agent", name];

  heading("A conversation gets a name");
  const created = await stage.run(["create", NAME, ...agent, "Read src/. You review it."]);
  const asked = stage.model.requests().length > 0;
  verify(
    asked === (version !== undefined),
    `${name} did not ask the model at ${stage.model.url}, but maybe another.`,
  );
  verifyPrompts(created.stdout, 1);

  heading("Another process continues it. All it knows is the name");
  verifyPrompts((await stage.run(["send", NAME, "Which file is the worst?"])).stdout, 2);

  heading("A fork knows all of it, and goes its own way");
  verifyPrompts((await stage.run(["fork", NAME, FORK, "And if we began anew?"])).stdout, 3);

  heading("A turn in the background needs no terminal");
  await stage.run(["send", NAME, "--detach", LONG_PROMPT], {
    env: { FAKE_AGENT: JSON.stringify({ sleepMs: LONG_MS }) },
  });
  await stage.run(["status"]);
  verifyPrompts((await stage.run(["wait", NAME])).stdout, 3);
  note("Three prompts, not four: that of the fork is in the fork alone.");

  heading("Which conversations are there?");
  const listed = await stage.run(["list", "--tree"]);
  verify(listed.stdout.includes(FORK), "The list does not hold the fork.");
}

function verifyPrompts(answer: string, count: number): void {
  verify(answer.includes(`[prompts: ${count}]`), `The conversation does not hold ${count} prompts.`);
}
