// Three proposals, a judge, a person, and then the work: npx tsx examples/choose.ts RUN
// Run it again from its top whenever it has stopped: what was answered is not asked again. It ends with 20 while it waits.
import { AppError, openSessions } from "agent-sessions";

const WAYS = ["bold", "careful", "cheap"];
const CHOICE = {
  type: "object",
  properties: { best: { enum: WAYS }, why: { type: "string" } },
  required: ["best", "why"],
  additionalProperties: false,
};

try {
  const run = process.argv[2] ?? "choose-1";
  const sessions = await openSessions({ notify: (message) => console.error(message) });
  const facts = await sessions.create(run, {
    agent: "claude",
    access: "read-only",
    requestId: `${run}/facts`,
    prompt: "Read what is here: we want to make it faster.",
  });

  const proposals = await Promise.all(
    WAYS.map(async (way) => {
      const prompt = `Propose the ${way} way to do it. Change nothing.`;
      const fork = await facts.fork(`${run}-${way}`, { requestId: `${run}/${way}`, prompt });
      return { way, fork, text: fork.firstTurn?.text ?? "" };
    }),
  );
  const judge = await sessions.create(`${run}-judge`, {
    agent: "claude",
    access: "read-only",
    requestId: `${run}/judge`,
    schema: CHOICE,
    prompt: ["Which is best?", ...proposals.map(({ way, text }) => `${way}: ${text}`)].join("\n\n"),
  });
  const choice = judge.firstTurn?.structured as { best: string; why: string } | undefined;
  const chosen = proposals.find(({ way }) => way === choice?.best);
  if (choice === undefined || chosen === undefined) throw new Error("The judge has chosen none of them.");

  const shows = `${chosen.way}: ${choice.why}\n\n${chosen.text}\n`;
  const gate = await sessions.gate(`${run}/plan`, { shows });
  if (gate.state === "approved") {
    const prompt = `Do it. ${gate.note ?? ""}`.trim();
    const { text } = await chosen.fork.send(prompt, { access: "edit", requestId: `${run}/do` });
    console.log(text);
  } else {
    console.error(
      `The plan is ${gate.state}. ${gate.note ?? `Read it with: agent-sessions gate ${gate.id}`}`,
    );
    process.exitCode = gate.state === "waiting" ? 20 : 21;
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(`${error.message} ${error.hint ?? ""}`);
  process.exitCode = error.exitCode;
}
