import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { here } from "../../../src/app/ask/askers/here.ts";
import { create } from "../../../src/app/ask/create.ts";
import { send } from "../../../src/app/ask/send.ts";
import { openContext } from "../../../src/app/compose/open-context.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { fakePrompt } from "../fake-agent/script.ts";
import { until } from "../until.ts";

// A program that lives on: the state home has no inode left as its turn ends. Then there is room again, and another
// command comes. Says what became of both.
const [cli = "", agentCommand = ""] = process.argv.slice(2);
const { env } = process;
const home = env.AGENT_SESSIONS_HOME ?? "";
const outside = env.TMPDIR ?? "";
const [pidTo, waitForFile] = [join(outside, "pid"), join(outside, "gate")];

const context = openContext({
  env,
  cwd: process.cwd(),
  platform: process.platform,
  uid: process.getuid?.() ?? 0,
  userHome: env.HOME,
  notify: () => undefined,
});
const about = { name: "x", workspace: process.cwd(), agentCommand };
await create(context, { ...about, agent: "claude" }, here({}));
const sending = send(
  context,
  { ...about, mode: { kind: "plain" }, prompt: fakePrompt({ pidTo, waitForFile }, "hi") },
  here({}),
);
await until(() => existsSync(pidTo) && readFileSync(pidTo, "utf8") !== "", { what: "the agent to wait" });
const filled: string[] = [];
try {
  for (;;) {
    const path = join(home, `fill-${filled.length}`);
    writeFileSync(path, "");
    filled.push(path);
  }
} catch {
  writeFileSync(waitForFile, "");
}
const failure = await sending.then(
  () => "none",
  (error) => (error instanceof AppError ? error.code : String(error)),
);
for (const path of filled) rmSync(path);
const argv = [cli, "send", "x", "--agent-cmd", agentCommand, "--deadline", "60s", "--json", "again"];
execFile(process.execPath, argv, (_, stdout) => {
  const { outcome, error } = JSON.parse(stdout);
  process.stdout.write(`${JSON.stringify({ failure, next: outcome ?? error.code })}\n`);
  process.exit(0);
});
