import { PROMPTS } from "./answers.ts";
import { showContinuity } from "./continuity.ts";
import { heading, note } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import { verifyUsage } from "./usage.ts";
import { verify } from "./verify.ts";

const NAME = "review-src";

export async function playClaude(stage: Stage): Promise<void> {
  const { first, second } = PROMPTS.claude;
  heading("Claude Code: start a conversation and give it a name");
  await stage.run(["create", NAME, "--agent", "claude", first]);

  heading("Another process continues it. All it knows is the name");
  const sent = await stage.run(["send", NAME, second]);
  verify(/banana/.test(sent.stdout), "The answer does not hold what only the first turn said.");
  const sessionId = showContinuity(stage.model, "claude", [first, second]);

  heading("Which conversations are there?");
  const listed = await stage.run(["list", "--ids"]);
  verify(listed.stdout.includes(sessionId), "The list does not hold the session that the model saw.");

  heading("What became of it, and what it cost");
  const shown = await stage.run(["show", NAME]);
  verifyUsage(stage.model, "claude", shown.stdout);
  verify(Number(/\$([\d.]+)/.exec(shown.stdout)?.[1]) > 0, "The conversation does not say what it cost.");

  heading("What was said");
  const history = await stage.run(["history", NAME]);
  for (const prompt of [first, second]) {
    verify(history.stdout.includes(prompt), `The history does not hold the prompt "${prompt}".`);
  }

  heading("A name that does not exist is an error, never a fresh conversation");
  const asked = stage.model.requests().length;
  const typo = await stage.run(["send", "reveiw-src", "And who wrote it?"], { exitCode: 4 });
  note(`exit code ${typo.code}`);
  verify(stage.model.requests().length === asked, "The model was asked, although there is no such name.");

  heading("Take the name away");
  const removed = await stage.run(["remove", NAME]);
  verify(removed.stderr.includes(sessionId), "What was removed is not the conversation that the model saw.");
}
