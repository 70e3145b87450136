// Has an agent review the folder it is run in, with what it knows from last time: npx tsx examples/review.ts
import { AppError, openSessions } from "agent-sessions";

try {
  const sessions = await openSessions({ notify: (message) => console.error(message) });
  const review = await sessions.create("review", {
    agent: "claude",
    access: "read-only",
    role: "You review code. Name files and lines, and be brief.",
    prompt: "Read what is here.",
    ifExists: "keep",
  });

  for await (const event of review.send("Which file would you refactor first, and why?")) {
    if (event.type === "tool" && event.phase === "start") console.error(`… ${event.name}`);
    else if (event.type === "text") console.log(event.text);
    else if (event.type === "result" && event.result.failure) console.error(event.result.failure.message);
  }

  const opponent = await sessions.get("second-opinion", { forkFrom: review.name });
  const { outcome, text, usage } = await opponent.send("Argue against your own review.", {
    deadlineMs: 10 * 60_000,
  });
  console.log(outcome === "succeeded" ? text : `No second opinion: ${outcome}.`);
  console.error(`The second opinion took ${usage?.outputTokens ?? "?"} tokens.`);
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(`${error.message} ${error.hint ?? ""}`);
  process.exitCode = error.exitCode;
}
