import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { promptIdOf } from "../../src/domain/turn/prompt-id.ts";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { markedPids } from "../support/marked-processes.ts";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";

/** The lines of the only transcript that has this prompt. */
function promptLine(cli: RealCli, prompt: string): Record<string, unknown> | undefined {
  const root = join(cli.env.HOME ?? "", ".claude/projects");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".jsonl"))
    .flatMap((file) => readFileSync(join(root, file), "utf8").split("\n"))
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .find(({ type, message }) => type === "user" && message?.content === prompt);
}

/** Kills a process; its children may have ended since they were listed. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone.
  }
}

/** A wrapper that can be made to run another claude, or to do something first, without being changed. */
function wrapperOf(cli: RealCli) {
  const inFolder = (file: string) => join(cli.sandbox.folder, file);
  const [wrapper, starts, first, which] = ["wrapper", "starts", "first.sh", "which"].map(inFolder) as [
    string,
    string,
    string,
    string,
  ];
  const program = `#!/bin/sh
echo start >> '${starts}'
[ -e '${first}' ] && . '${first}'
exec "$(cat '${which}')" "$@"
`;
  writeFileSync(wrapper, program, { mode: 0o700 });
  const set = (claude: string) => writeFileSync(which, claude);
  set(realAgents().claude);
  return {
    wrapper,
    set,
    /** What it does before it becomes claude. */
    first: (script: string) => (script === "" ? rmSync(first) : writeFileSync(first, script)),
    starts: () => readFileSync(starts, "utf8").trimEnd().split("\n").length,
  };
}

test("a prompt has an id once its program is known to take one, and costs what the model has served", async (t) => {
  const cli = await openRealCli(t);
  const { wrapper } = wrapperOf(cli);
  const ask = async (args: string[]) => {
    const { json, stdout } = await cli.run([...args, "--json"]);
    assert.equal(json.outcome, "succeeded", stdout);
    return { ...json, id: promptIdOf(String(json.turn_id)) } as Record<string, unknown> & { id: string };
  };
  const begun = await ask(["create", "x", "-a", "claude", "--agent-cmd", wrapper, "first"]);
  assert.notEqual(promptLine(cli, "first")?.uuid, begun.id, "nothing was known of the program");
  const second = await ask(["send", "x", "second"]);
  assert.equal(promptLine(cli, "second")?.uuid, second.id);
  const served = cli.model.requests().at(-1)?.usage;
  assert.deepEqual(
    [second.usage].map((usage) => usage as Record<string, unknown>).map((usage) => usage.output_tokens),
    [served?.outputTokens],
  );
  const forked = await ask(["fork", "x", "y", "third"]);
  assert.equal(promptLine(cli, "third")?.uuid, forked.id);
  assert.deepEqual(cli.lastPrompts(), ["first", "second", "third"]);

  utimesSync(wrapper, new Date(), new Date(Date.now() - 5_000));
  const other = await ask(["send", "x", "fourth"]);
  assert.notEqual(promptLine(cli, "fourth")?.uuid, other.id, "another program may be in its place");
  const again = await ask(["send", "x", "fifth"]);
  assert.equal(promptLine(cli, "fifth")?.uuid, again.id);
  const own = await ask(["send", "x", "--agent-arg", "--input-format", "--agent-arg", "text", "sixth"]);
  assert.notEqual(promptLine(cli, "sixth")?.uuid, own.id, "whoever chooses the form of the input has it");
  assert.deepEqual(cli.lastPrompts(), ["first", "second", "fourth", "fifth", "sixth"]);
});

test("a program that takes no prompt with an id is asked again without one, once", async (t) => {
  const cli = await openRealCli(t);
  const { wrapper, set, first, starts } = wrapperOf(cli);
  const ask = async (args: string[], count: number) => {
    const before = starts();
    const { json, stdout } = await cli.run([...args, "--json"]);
    assert.deepEqual([json.outcome, json.text], ["succeeded", `You said: ${args.at(-1)}`], stdout);
    assert.equal(starts() - before, count, `starts for ${args.at(-1)}`);
    assert.equal(
      cli.model.requests().filter(({ userMessages }) => userMessages.at(-1) === args.at(-1)).length,
      1,
    );
  };
  writeFileSync(join(cli.sandbox.folder, "starts"), "begin\n");
  await ask(["create", "x", "-a", "claude", "--agent-cmd", wrapper, "first"], 1);
  await ask(["send", "x", "second"], 1);
  set(realAgents().earlierClaude); // 2.1.197 exits with code 0 and runs nothing
  await ask(["send", "x", "third"], 2);
  await ask(["send", "x", "fourth"], 1);
  assert.deepEqual(cli.lastPrompts(), ["first", "second", "third", "fourth"]);

  set(realAgents().claude);
  await ask(["create", "z", "-a", "claude", "--agent-cmd", wrapper, "one"], 1);
  first("exec < /dev/null\n"); // a wrapper that keeps the prompt for itself
  const mute = await cli.run(["send", "z", "--json", "two"]);
  assert.equal(mute.json.outcome, "failed", "no way to ask it: both times it has read nothing");
  first("");
  await ask(["send", "z", "three"], 1);
  assert.deepEqual(cli.lastPrompts(), ["one", "three"]);
});

test("the same words, said by another at the time of a turn that was cut off, are not taken for its prompt", async (t) => {
  const cli = await openRealCli(t);
  const { wrapper, first } = wrapperOf(cli);
  const begun = await cli.run(["create", "x", "-a", "claude", "--agent-cmd", wrapper, "--json", "hello"]);
  first("while :; do sleep 0.1; done\n");
  const sending = cli.start(["send", "x", "--json", "go on"]);
  const turnId = await until(
    async () => ((await cli.run(["show", "x", "--json"])).json.busy as { turn_id?: string } | null)?.turn_id,
    { what: "the turn to run", everyMs: 50 },
  );
  await until(() => markedPids(turnId).length > 0, { what: "the agent to start" });
  sending.kill("SIGKILL");
  await sending.exited;
  for (const pid of markedPids(turnId)) killIfThere(pid);
  const theirs = await run([realAgents().claude, "-p", "--resume", String(begun.json.session_id), "go on"], {
    cwd: cli.workspace,
    env: cli.env,
  });
  assert.equal(theirs.code, 0, theirs.stderr);
  first("");
  const settled = await cli.showUntil("x", "the turn to be settled", ({ busy }) => busy === null);
  const last = settled.last_turn as Record<string, unknown>;
  assert.deepEqual([last.outcome, last.prompt_kept], ["interrupted", false], JSON.stringify(last));
  const next = await cli.run(["send", "x", "--json", "and now"]);
  assert.equal(next.json.outcome, "succeeded", next.stdout);
  assert.deepEqual(cli.lastPrompts(), ["hello", "go on", "and now"]);
});

test("a turn that was cut off behind its prompt is found by its id, and goes back to before it with --retry", async (t) => {
  const cli = await openRealCli(t);
  await cli.run(["create", "x", "-a", "claude", "again"]);
  cli.model.when("again", "never");
  const sending = cli.start(["send", "x", "again"]);
  await until(
    () =>
      cli.model.requests().filter(({ userMessages }) => userMessages.at(-1) === "again").length >= 2 ||
      undefined,
    { what: "the model to be asked" },
  );
  sending.kill("SIGTERM");
  await sending.exited;
  const cut = (await cli.run(["show", "x", "--json"])).json.last_turn as Record<string, unknown>;
  assert.deepEqual([cut.outcome, cut.prompt_kept], ["cancelled", true], JSON.stringify(cut));
  cli.model.when("again", "now");
  const { json, stdout } = await cli.run(["send", "x", "--retry", "--json"]);
  assert.deepEqual([json.outcome, json.retry, json.text], ["succeeded", "rewound", "now"], stdout);
  assert.deepEqual(cli.lastPrompts(), ["again", "again"], "the first turn's and the retried one");
});
