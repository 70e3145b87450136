import { openContext } from "../../../src/app/compose/open-context.ts";
import { answerGate } from "../../../src/app/gate/answer.ts";
import { askGate } from "../../../src/app/gate/ask.ts";

// A process of its own that asks at a gate and answers it, again and again, and says which of its answers were acknowledged.
const [task, workspace = "", id = "", times = "0"] = process.argv.slice(2);
const context = openContext({
  env: process.env,
  cwd: workspace,
  platform: process.platform,
  uid: process.getuid?.() ?? 0,
  userHome: process.env.HOME,
  notify: () => undefined,
});

for (let n = 0; n < Number(times); n += 1) {
  const said = `${process.pid}-${n}`;
  const query = { id, workspace: [workspace] } as const;
  if (task === "ask") {
    await askGate(context, { ...query, shows: said.repeat(2_000) });
    continue;
  }
  const decision = n % 2 === 0 ? "approved" : "refused";
  const { gate } = await answerGate(context, { ...query, decision, note: said });
  // Somebody else may have given the same answer before.
  if (gate.note === said) process.stdout.write(`${said}\n`);
}
