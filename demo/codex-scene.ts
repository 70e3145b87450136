import { PROMPTS } from "./answers.ts";
import { showContinuity } from "./continuity.ts";
import { heading } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import { verifyUsage } from "./usage.ts";
import { verify } from "./verify.ts";

const NAME = "rounding";

export async function playCodex(stage: Stage): Promise<void> {
  const { first, second } = PROMPTS.codex;
  heading("Codex: the same commands");
  await stage.run(["create", NAME, "--agent", "codex", first]);
  const sent = await stage.run(["send", NAME, second]);
  verify(/SHOP-42/.test(sent.stdout), "The answer does not hold what only the first turn said.");
  const sessionId = showContinuity(stage.model, "codex", [first, second]);
  const listed = await stage.run(["list", "--ids"]);
  verify(listed.stdout.includes(sessionId), "The list does not hold the session that the model saw.");
  const shown = await stage.run(["show", NAME]);
  verifyUsage(stage.model, "codex", shown.stdout);
  const removed = await stage.run(["remove", NAME]);
  verify(removed.stderr.includes(sessionId), "What was removed is not the conversation that the model saw.");
}
