// Records what agents say when something fails, in test/fixtures/failures/: run by `npm run agents -- failures AGENT …`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agents } from "../../../src/agents/index.ts";
import type { Agent, SessionChoice } from "../../../src/domain/agent/agent.ts";
import { parseJson } from "../../../src/domain/parse-json.ts";
import { REPOSITORY } from "../environment.ts";
import { openLoopback } from "../loopback/loopback.ts";
import type { Reply } from "../loopback/replies.ts";
import { run, start } from "../run.ts";
import type { FAILURES, RecordedFailure } from "./failures.ts";

interface Provoked {
  reply?: Reply;
  session?: SessionChoice;
  extraArgs?: string[];
  /** Without these variables. */
  without?: RegExp;
}

/** Who asks again for longer than this does so without end, as far as a test is concerned. */
const PATIENCE_MS = 240_000;

const UNKNOWN_ID = "00000000-0000-7000-8000-000000000000";
/** What services say where a conversation has outgrown the model: Anthropic, Google, and OpenAI. */
const TOO_LONG: Record<string, string> = {
  claude: "prompt is too long: 210000 tokens > 200000 maximum",
  gemini: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
};

/** The model of an agent that would otherwise ask another one first. */
const MODELS: Record<string, string> = { gemini: "gemini-loopback" };

function provoke(agent: Agent): Record<keyof typeof FAILURES, Provoked> {
  const tooLong = TOO_LONG[agent.name] ?? "Your input exceeds the context window of this model.";
  return {
    "400": { reply: { status: 400, message: "no" } },
    "401": { reply: { status: 401, message: "invalid key" } },
    "403": { reply: { status: 403, message: "forbidden" } },
    "429": { reply: { status: 429, message: "slow down" } },
    "500": { reply: { status: 500, message: "broken" } },
    dropped: { reply: "drop" },
    "too long": { reply: { status: 400, message: tooLong } },
    "unknown model": { reply: { status: 404, message: "The model `x` does not exist" } },
    "unknown id": { session: { kind: "resume", sessionId: UNKNOWN_ID } },
    "unknown option": { extraArgs: ["--nosuch"] },
    // The key of these is in a file, and they ask without one, too: the service says so.
    "no key": ["opencode", "qwen", "kimi"].includes(agent.name)
      ? { reply: { status: 401, message: "You didn't provide an API key." } }
      : { without: /KEY|PROVIDER/ },
  };
}

/** `--only=WHAT` records one failure, and keeps the other lines. */
const only = process.argv.find((word) => word.startsWith("--only="))?.slice("--only=".length);

for (const name of process.argv.slice(2).filter((word) => !word.startsWith("--"))) {
  const agent = (agents as Record<string, Agent>)[name];
  if (agent === undefined) throw new Error(`There is no agent ${name}.`);
  // Side by side: some agents ask again for minutes.
  const file = join(REPOSITORY, `test/fixtures/failures/${name}.jsonl`);
  const before = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const lines = await Promise.all(
    Object.entries(provoke(agent)).map(async ([what, provoked]) => {
      const kept = before.find((line) => line.startsWith(`{"what":${JSON.stringify(what)},`));
      if (only !== undefined && only !== what && kept !== undefined) return `${kept}\n`;
      const recorded = await record(agent, what, provoked);
      console.log(`${name}, ${what}: exit ${recorded.code}, ${recorded.stdout.length} lines`);
      return `${JSON.stringify(recorded)}\n`;
    }),
  );
  mkdirSync(join(REPOSITORY, "test/fixtures/failures"), { recursive: true });
  writeFileSync(file, lines.join(""));
}

async function record(agent: Agent, what: string, provoked: Provoked): Promise<RecordedFailure> {
  const { model, env, workspace, sandbox, close } = await openLoopback();
  try {
    if (provoked.reply !== undefined) model.when(/./, provoked.reply);
    const kept = Object.entries(env).filter(([key]) => provoked.without?.test(key) !== true);
    const version = await run([agent.executable, "--version"], { cwd: workspace, env });
    const {
      file,
      args,
      stdin,
      files = {},
      env: added,
      through,
    } = agent.command({
      launcher: [agent.executable],
      folder: sandbox.folder,
      session: provoked.session ?? { kind: "new" },
      model: MODELS[agent.name],
      partials: false,
      extraArgs: provoked.extraArgs ?? [],
    });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(sandbox.folder, name), text);
    const place = {
      cwd: workspace,
      env: { ...Object.fromEntries(kept), ...added },
      input: stdin ?? "hello",
    };
    const program =
      through === undefined
        ? []
        : [process.execPath, join(REPOSITORY, "dist", through.program), ...through.args];
    const running = start([...program, file, ...args], { ...place, ownGroup: true });
    const patience = setTimeout(() => running.killGroup("SIGKILL"), PATIENCE_MS);
    const { code, stdout, stderr } = await running.result;
    clearTimeout(patience);
    const tellsEnd = (line: string) =>
      agent.read(parseJson(line)).some(({ type }) => type === "failure" || type === "end");
    const shown = (text: string) =>
      text
        .replaceAll(sandbox.folder, "PLACE")
        .replaceAll(REPOSITORY, "REPOSITORY")
        .replaceAll(model.url, "http://127.0.0.1:1");
    return {
      what,
      version: version.stdout.trim().split("\n")[0] ?? "",
      code,
      ...(code === null ? { isEndless: true } : {}),
      stdout: stdout.split("\n").filter(tellsEnd).map(shown),
      stderr: endsOf(shown(stderr)),
    };
  } finally {
    await close();
  }
}

/** Of a long text both ends, as they are looked at: an agent may print its whole help behind an error. */
function endsOf(text: string): string {
  return text.length <= 2_000 ? text : `${text.slice(0, 1_000)}\n${text.slice(-1_000)}`;
}
