import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { transform } from "esbuild";
import { CLI } from "../support/cli/fake-cli.ts";
import { writeForeignProgram } from "../support/cli/foreign-program.ts";
import { openRealCli } from "../support/cli/real-cli.ts";
import { hasTmux, openScreen } from "../support/cli/tmux-screen.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";

test("a gate waits, asks anew when the plan has changed, and opens for a person at a terminal", async (t) => {
  const cli = await openRealCli(t);
  if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
  const ask = async (plan: string) => {
    writeFileSync(join(cli.workspace, "plan.md"), plan);
    return cli.run(["gate", "r/plan", "--shows", "plan.md", "--json"]);
  };
  const approve = async () => {
    const screen = await openScreen(cli, ["gate", "approve", "r/plan", "go"]);
    await screen.see(/Approved "r\/plan"/);
    assert.equal(await screen.ended(), 0);
  };
  assert.equal((await ask("first")).code, 20);
  await approve();
  assert.equal((await ask("first")).code, 0);
  const changed = await ask("second");
  assert.deepEqual([changed.code, changed.json.state], [20, "waiting"]);
  await approve();
  const { code, json } = await ask("second");
  assert.deepEqual([code, json.note], [0, "go"]);
  const { terminal } = json.answered_by as { terminal: string };
  assert.match(terminal, /^\/dev\//);
});

for (const agent of ["claude", "codex"]) {
  test(`${agent} can ask, and opens no gate, though it clears its environment`, async (t) => {
    const cli = await openRealCli(t);
    const { workspace, env } = cli;
    const shell = (command: string) =>
      agent === "claude"
        ? { name: "Bash", args: { command, description: "d" } }
        : { name: "exec_command", args: { cmd: command } };
    const ours = `'${process.execPath}' '${CLI}' gate`;
    const bare = `env -i PATH="$PATH" AGENT_SESSIONS_HOME='${env.AGENT_SESSIONS_HOME}'`;
    const commands = [
      `${ours} r/plan --shows plan.md`,
      `${ours} approve r/plan`,
      `${bare} ${ours} approve r/plan`,
      `${bare} ${ours} refuse r/plan`,
    ];
    const script = commands.map((command, at) => `${command} > out-${at} 2>&1; echo "=$?" >> out-${at}`);
    writeFileSync(join(workspace, "plan.md"), "plan");
    writeFileSync(join(workspace, "try.sh"), script.join("\n"));
    cli.model.when("approve it", { toolCalls: [shell("sh try.sh")], next: "I have tried." });
    const may =
      agent === "claude" ? ["--agent-arg=--allowedTools", "--agent-arg=Bash"] : ["--access", "full"];
    const turn = await cli.run(["create", "x", "-a", agent, ...may, "--json", "approve it"]);
    assert.equal(turn.json.outcome, "succeeded", turn.stdout);
    const said = commands.map((_, at) => readFileSync(join(workspace, `out-${at}`), "utf8"));
    assert.deepEqual(
      said.map((text) => /=(\d+)\n$/.exec(text)?.[1]),
      ["20", "2", "2", "2"],
      said.join(""),
    );
    for (const text of said.slice(1)) assert.match(text, /An agent has called gate/);
    assert.equal((await cli.run(["gate", "r/plan", "--json"])).json.state, "waiting");
  });
}

test("the example in TypeScript: three proposals, a judge, a gate, and then the work", async (t) => {
  const cli = await openRealCli(t);
  const { model, workspace, env, sandbox } = cli;
  model.when(/^Which is best/, {
    toolCalls: [{ name: "StructuredOutput", args: { best: "careful", why: "It is small." } }],
    next: "That one.",
  });
  const source = readFileSync(join(REPOSITORY, "examples/choose.ts"), "utf8");
  const { code: javascript } = await transform(source, { loader: "ts" });
  const program = writeForeignProgram(sandbox, javascript);
  const choose = () => run([process.execPath, program, "c"], { cwd: workspace, env });
  const first = await choose();
  assert.equal(first.code, 20, first.stderr);
  assert.match(first.stderr, /The plan is waiting\. Read it with: agent-sessions gate c\/plan/);
  const shown = (await cli.run(["gate", "c/plan", "--json"])).json.shown;
  assert.equal(
    shown,
    "careful: It is small.\n\nYou said: Propose the careful way to do it. Change nothing.\n",
  );
  const asked = model.requests().length;
  assert.equal((await choose()).code, 20);
  assert.equal(model.requests().length, asked, "nothing was asked again");
  assert.equal((await cli.run(["gate", "approve", "c/plan", "Slowly."])).code, 0);
  const last = await choose();
  assert.deepEqual([last.code, last.stdout], [0, "You said: Do it. Slowly.\n"], last.stderr);
  assert.equal((await choose()).stdout, last.stdout);
  assert.equal(model.requests().length, asked + 1);
});
