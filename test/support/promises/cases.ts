// What a user of any agent is promised: each case is one row of the table in docs/agents/README.md.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openCli, type RealCli } from "../cli/real-cli.ts";
import { removeCopies } from "../cli/remove-copies.ts";
import { markedPids, markedProcesses } from "../marked-processes.ts";
import { until } from "../until.ts";
import type { PromiseRow } from "./row.ts";

interface PromiseCase {
  /** What the table calls it. */
  what: string;
  /** The name of its test, behind that of the agent: it stays the same. */
  title(row: PromiseRow): string;
  run(place: Place): Promise<void>;
}

/** A place with one agent in it. */
interface Place extends RealCli {
  t: TestContext;
  row: PromiseRow;
  /** Runs a command of a turn with the row's options, `args` being the verb and what follows, the prompt last. */
  turn(...args: string[]): ReturnType<RealCli["run"]>;
  /** The same for a turn that has to succeed. */
  must(...args: string[]): ReturnType<RealCli["run"]>;
  /** Begins the conversation `x` with a prompt. */
  begin(prompt: string, ...options: string[]): ReturnType<RealCli["run"]>;
  /** What the user has said to the model in the newest request that ends with this prompt. */
  seenWith(prompt: string): string[] | undefined;
}

export async function openPlace(t: TestContext, row: PromiseRow): Promise<Place> {
  const cli = await openCli(t);
  const turn = (...args: string[]) =>
    cli.run([...args.slice(0, -1), ...(row.options ?? []), "--json", ...args.slice(-1)]);
  const must = async (...args: string[]) => {
    const result = await turn(...args);
    assert.deepEqual([result.code, result.json.outcome], [0, "succeeded"], result.stdout + result.stderr);
    return result;
  };
  return {
    ...cli,
    t,
    row,
    turn,
    must,
    begin: (prompt, ...options) => must("create", "x", "-a", row.agent, ...options, prompt),
    seenWith: (prompt) =>
      cli.model.requests().findLast(({ userMessages }) => userMessages.at(-1) === prompt)?.userMessages,
  };
}

async function refusesUnknownId({ row, turn, model }: Place): Promise<void> {
  const { unknownId = "00000000-0000-7000-8000-000000000000" } = row;
  const refused = await turn("once", "-a", row.agent, "--resume", unknownId, "hello");
  assert.deepEqual([refused.code, refused.json.error?.code], [4, "conversation_lost"], refused.stdout);
  assert.deepEqual(model.requests(), [], "nothing was asked in another conversation");
}

async function survivesLoss(place: Place): Promise<void> {
  const { row, begin, must, turn, seenWith, sandbox, model } = place;
  const { session_id: id } = (await begin("first")).json;
  await must("send", "x", "second");
  const lose = async () => {
    if (row.lose !== undefined) return row.lose(place, String(id));
    const { transcript } = (await place.run(["show", "x", "--json"])).json;
    assert.ok(existsSync(String(transcript)), `the transcript is ${transcript}`);
    rmSync(String(transcript), { recursive: true });
  };
  await lose();
  if (row.lost === "restored") {
    const { json } = await must("send", "x", "third");
    assert.deepEqual([json.continuity, json.session_id], ["restored", id]);
    assert.deepEqual(seenWith("third"), ["first", "second", "third"]);
    await lose();
    removeCopies(sandbox);
  }
  const before = model.requests().length;
  const lost = await turn("send", "x", "fourth");
  assert.deepEqual([lost.code, lost.json.error?.code], [4, "conversation_lost"], lost.stdout);
  assert.equal(model.requests().length, before, "nothing was asked in another conversation");
}

async function forks({ begin, must, seenWith }: Place): Promise<void> {
  const { session_id: id } = (await begin("first")).json;
  const forked = await must("fork", "x", "y", "in y");
  assert.deepEqual([forked.json.name, forked.json.continuity], ["y", "forked"]);
  assert.notEqual(forked.json.session_id, id);
  assert.deepEqual(seenWith("in y"), ["first", "in y"]);
  assert.equal((await must("send", "x", "in x")).json.session_id, id);
  assert.deepEqual(seenWith("in x"), ["first", "in x"], "the one does not see the other's");
  await must("send", "y", "more");
  assert.deepEqual(seenWith("more"), ["first", "in y", "more"]);
}

async function keepsRole({ begin, must, model, sandbox }: Place): Promise<void> {
  const role = join(sandbox.folder, "role.md");
  writeFileSync(role, "You are role-marker.\n");
  await begin("first", "--role", role);
  await must("send", "x", "second");
  for (const prompt of ["first", "second"]) {
    const request = model.requests().findLast(({ userMessages }) => userMessages.at(-1) === prompt);
    assert.match(JSON.stringify(request?.body), /You are role-marker/, prompt);
  }
}

async function answersBySchema({ row, begin, must, turn, model, sandbox }: Place): Promise<void> {
  const schema = join(sandbox.folder, "schema.json");
  const properties = { verdict: { type: "string" }, score: { type: "integer" } };
  const required = Object.keys(properties);
  writeFileSync(
    schema,
    JSON.stringify({ type: "object", properties, required, additionalProperties: false }),
  );
  const value = { verdict: "good", score: 3 };
  assert.ok(row.answer, "the row says how the model answers");
  model.when("judge", row.answer(value));
  await begin("first");
  assert.deepEqual((await must("send", "x", "--schema", schema, "judge")).json.structured, value);
  const unmet = await turn("send", "x", "--schema", schema, "say anything");
  assert.deepEqual([unmet.code, unmet.json.error?.code], [3, "schema_not_met"], unmet.stdout);
}

async function keepsReadOnly({ row, begin, must, model, workspace }: Place): Promise<void> {
  const [written, touched] = ["written.txt", "touched.txt"].map((name) => join(workspace, name)) as [
    string,
    string,
  ];
  model.when("write it", { toolCalls: [row.write(written)], next: "tried" });
  model.when("touch it", { toolCalls: [row.shell(`touch '${touched}'`)], next: "tried" });
  await begin("first", "--access", "read-only");
  for (const prompt of ["write it", "touch it"]) {
    assert.equal((await must("send", "x", prompt)).json.access, "read-only");
    assert.ok(!existsSync(written) && !existsSync(touched), `${prompt}: refused, however willing the model`);
  }
  await must("send", "x", "--access", "edit", "write it");
  assert.match(readFileSync(written, "utf8"), /^made/, "the model asks in the right words");
  await must("create", "y", "-a", row.agent, ...row.mayRun, "touch it");
  assert.ok(existsSync(touched), "the model asks in the right words");
}

async function keepsEditInside({ t, row, begin, must, model, workspace }: Place): Promise<void> {
  // Not below the temporary folder, where some agents may write.
  const outside = mkdtempSync("/var/tmp/as-outside-");
  t.after(() => rmSync(outside, { recursive: true }));
  const [written, touched] = ["written.txt", "touched.txt"].map((name) => join(outside, name)) as [
    string,
    string,
  ];
  const inside = join(workspace, "written.txt");
  model.when("write inside", { toolCalls: [row.write(inside)], next: "tried" });
  model.when("write outside", { toolCalls: [row.write(written)], next: "tried" });
  model.when("touch outside", { toolCalls: [row.shell(`touch '${touched}'`)], next: "tried" });
  await begin("first", "--access", "edit");
  await must("send", "x", "write inside");
  assert.match(readFileSync(inside, "utf8"), /^made/);
  for (const prompt of ["write outside", "touch outside"]) {
    await must("send", "x", prompt);
    assert.ok(!existsSync(written) && !existsSync(touched), `${prompt}: refused, however willing the model`);
  }
}

async function cancelLeavesNothing(place: Place): Promise<void> {
  const { row, begin, must, run, start, model, seenWith } = place;
  await begin("first");
  const command = "tail -f /dev/null";
  model.when("wait", { toolCalls: [row.shell(command)], next: "never said" });
  const options = [...row.mayRun, ...(row.options ?? [])];
  const sending = start(["send", "x", ...options, "--json", "wait"]);
  const turnOf = async () => {
    const turns = (await run(["status", "x", "--json"])).json.turns as { turn_id: string }[];
    return turns[0]?.turn_id;
  };
  const turnId = await until(turnOf, { what: "the turn" });
  const isRunning = () => markedProcesses(turnId).some((words) => words.startsWith("tail -f"));
  await until(isRunning, { what: "the command", timeoutMs: 60_000 });
  const cancelled = await run(["cancel", "x", "--json"]);
  assert.equal(cancelled.json.cancelled, true, cancelled.stdout);
  assert.deepEqual(markedProcesses(turnId), [], "no process is left");
  const sent = await sending.result;
  assert.equal(JSON.parse(sent.stdout).outcome, "cancelled", sent.stdout);
  assert.deepEqual(markedPids(turnId), []);
  await must("send", "x", "next");
  assert.equal(seenWith("next")?.[0], "first", "the conversation goes on");
}

/** A failure of the model's service: told as one, with its own code, and the conversation goes on. */
function failsOn(status: number, code: number, error: string) {
  return async ({ begin, must, turn, run, model, seenWith }: Place): Promise<void> => {
    await begin("first");
    model.when("fail", { status, message: `loopback ${status}` });
    const failed = await turn("send", "x", "fail");
    assert.deepEqual(
      [failed.code, failed.json.outcome, failed.json.error?.code],
      [code, "failed", error],
      failed.stdout,
    );
    const shown = (await run(["show", "x", "--json"])).json;
    assert.equal(shown.turns, 2, "it is on record");
    await must("send", "x", "next");
    // kimi 2.1.0 makes one message of a prompt that failed and the next one.
    const seen = seenWith("next") ?? model.requests().at(-1)?.userMessages;
    assert.equal(seen?.[0], "first", "the conversation goes on");
    assert.match(seen?.at(-1) ?? "", /next\s*$/);
  };
}

async function tellsCost({ begin, must, run, model }: Place): Promise<void> {
  const served = () => {
    const sum = (key: "inputTokens" | "outputTokens") =>
      model.requests().reduce((total, { usage }) => total + (usage?.[key] ?? 0), 0);
    return [sum("inputTokens"), sum("outputTokens")];
  };
  const tokensOf = (usage: unknown) => {
    const { input_tokens, output_tokens } = usage as Record<string, number>;
    return [input_tokens, output_tokens];
  };
  const first = await begin("first");
  assert.deepEqual(tokensOf(first.json.usage), served());
  const [input = 0, output = 0] = served();
  const second = await must("send", "x", "second");
  const [allInput = 0, allOutput = 0] = served();
  assert.deepEqual(tokensOf(second.json.usage), [allInput - input, allOutput - output], "its own part alone");
  const shown = (await run(["show", "x", "--json"])).json.usage as { is_lower_bound: boolean };
  assert.deepEqual([tokensOf(shown), shown.is_lower_bound], [served(), false]);
}

const CASES = {
  create: {
    what: "create",
    title: () => "creates a conversation, which gets the prompt as it was typed",
    run: async ({ row, begin, run, model, seenWith }) => {
      const prompt = 'The "secret" word is\n\nbanana -- $HOME é 🙂';
      const { json } = await begin(prompt);
      assert.deepEqual([json.continuity, json.agent, json.name], ["new", row.agent, "x"]);
      assert.equal(json.text, "You said: banana -- $HOME é 🙂");
      assert.deepEqual(seenWith(prompt), [prompt]);
      assert.equal((await run(["show", "x", "--json"])).json.session_id, json.session_id);
      assert.deepEqual(model.strays(), []);
    },
  },
  continue: {
    what: "continue in a second process",
    title: () => "continues in a second process",
    run: async ({ begin, must, seenWith }) => {
      const { session_id: id } = (await begin("first")).json;
      const second = (await must("send", "x", "second")).json;
      assert.deepEqual([second.session_id, second.continuity], [id, "native"]);
      assert.deepEqual(seenWith("second"), ["first", "second"]);
      await must("send", "x", "third");
      assert.deepEqual(seenWith("third"), ["first", "second", "third"]);
    },
  },
  unknown: { what: "unknown id", title: () => "refuses an unknown id", run: refusesUnknownId },
  lost: {
    what: "lost transcript",
    title: ({ lost }) =>
      lost === "restored" ? "puts a lost transcript back" : "refuses a lost conversation",
    run: survivesLoss,
  },
  fork: { what: "fork", title: () => "forks a conversation", run: forks },
  role: { what: "role", title: () => "keeps a role", run: keepsRole },
  schema: { what: "schema", title: () => "answers by a schema", run: answersBySchema },
  readOnly: {
    what: "`read-only`, and a willing model",
    title: () => "read-only is kept against a willing model",
    run: keepsReadOnly,
  },
  edit: {
    what: "`edit`, and a willing model",
    title: () => "edit is kept to the workspace against a willing model",
    run: keepsEditInside,
  },
  cancel: {
    what: "cancel in mid-tool",
    title: () => "a cancel in mid-tool leaves nothing",
    run: cancelLeavesNothing,
  },
  unauthorized: {
    what: "401 of the model",
    title: () => "a 401 of the model is a failure to sign in",
    run: failsOn(401, 7, "not_signed_in"),
  },
  broken: {
    what: "500 of the model",
    title: () => "a 500 of the model is a failure",
    run: failsOn(500, 3, "agent_failed"),
  },
  cost: { what: "cost", title: () => "tells what each turn has cost, to the token", run: tellsCost },
} satisfies Record<string, PromiseCase>;

export type PromiseKey = keyof typeof CASES;
export const PROMISES: Readonly<Record<PromiseKey, PromiseCase>> = CASES;
