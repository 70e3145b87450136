import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CLI } from "../cli/fake-cli.ts";
import { run } from "../run.ts";
import { type Case, contentOf, contentsOf } from "./contract.ts";

/** Each case is run in a new place, and returns what must not depend on the process. */
export const CASES: Record<string, Case> = {
  "an answer, its events and its cost": ({ x }) => contentsOf(x.send("hello")),
  "a prompt with all kinds of characters, and a long one": async ({ x, model }) => {
    const odd = 'line one\n"two" \\ three\t\u2028 é 漢 🙂 {"type":"user"}\n';
    const long = `${"word ".repeat(60_000)}end`;
    const results = [await x.send(odd), await x.send(long)].map(contentOf);
    return { results, said: model.requests().at(-1)?.userMessages };
  },
  "a tool that fails, and one that is not allowed": async ({
    x,
    model,
    workspace,
    shell,
    write: writing,
    mayRun,
  }) => {
    model.when("fail", { toolCalls: [shell("echo out; echo err >&2; exit 3")], next: "seen" });
    const failed = await contentsOf(x.send("fail", mayRun));
    const write = writing(join(workspace, "no.txt"));
    model.when("write", { toolCalls: [write], next: "denied" });
    const denied = await contentsOf(x.send("write", { access: "read-only" }));
    return { failed, denied, isWritten: existsSync(join(workspace, "no.txt")) };
  },
  "an error of the model": async ({ x, model }) => {
    model.when("bad", { status: 400, message: "no" });
    const bad = contentOf(await x.send("bad"));
    return { bad, next: contentOf(await x.send("good")), said: model.requests().at(-1)?.userMessages };
  },
  "a cancel in the middle of a command": async ({ x, model, workspace, shell, mayRun }) => {
    const file = join(workspace, "late");
    model.when("hang", { toolCalls: [shell(`sleep 1.5; touch ${file}`)], next: "never said" });
    const ending = new AbortController();
    const turn = x.send("hang", { ...mayRun, signal: ending.signal });
    for await (const event of turn) if (event.type === "tool") break;
    await new Promise((resolve) => setTimeout(resolve, 400));
    ending.abort();
    const { outcome, failure, isPromptKept } = await turn;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    // How much of its own end Claude still writes down is a matter of time, and part of the next prompt's price.
    const { text } = await x.send("next");
    return { outcome, failure, isPromptKept, isDone: existsSync(file), text };
  },
  "a cancel by another command": async ({ x, model, env, workspace: cwd }) => {
    model.when("hang", "never");
    const turn = x.send("hang");
    await model.received("hang");
    const cancelled = await run([process.execPath, CLI, "cancel", "x", "--json"], { cwd, env });
    const { outcome, failure, isPromptKept } = await turn;
    const message = failure?.message.replace(/\d+/g, "N");
    return { code: cancelled.code, outcome, message, isPromptKept, text: (await x.send("next")).text };
  },
  "a deadline, and an output that is too long": async ({ x, model }) => {
    model.when("slow", "never");
    const late = await x.send("slow", { deadlineMs: 4_000 });
    model.when("much", { slowMs: 8_000, text: "words ".repeat(20_000) });
    const much = await x.send("much", { maxOutputBytes: 60_000, partials: true });
    // On a busy machine a claude that has to be started may not have come to its prompt.
    return [late, much].map(({ outcome, failure }) => ({ outcome, code: failure?.code }));
  },
  "a request id": async ({ x, model }) => {
    const once = await x.send("once", { requestId: "r1" });
    const again = await x.send("once", { requestId: "r1" });
    const asked = model.requests().filter(({ userMessages }) => userMessages.at(-1) === "once").length;
    return {
      isSame: once.turnId === again.turnId,
      asked,
      next: contentOf(await x.send("next", { requestId: "r2" })),
    };
  },
  "a name that is moved while its turn runs": async ({ x, model, sessions, env, workspace: cwd }) => {
    model.when("slow", { slowMs: 1_000, text: "done" });
    const turn = x.send("slow");
    await model.received("slow");
    const renamed = await run([process.execPath, CLI, "rename", "x", "y"], { cwd, env });
    const { outcome, text } = await turn;
    const y = await sessions.get("y");
    return { code: renamed.code, outcome, text, next: contentOf(await y.send("next")) };
  },
  "words of others in between": async ({ x, model, env, workspace: cwd, goOn }) => {
    const { sessionId = "" } = await x.send("ours");
    await run(goOn(sessionId), { cwd, env, input: "theirs" });
    const { foreignBytes = 0, usage, text } = await x.send("ours again");
    return { isForeign: foreignBytes > 0, usage, text, said: model.requests().at(-1)?.userMessages };
  },
  "a retry and a schema between turns": async ({ x, model, three }) => {
    model.when("once more", { status: 400, message: "no" }, { times: 6 });
    const failed = contentOf(await x.send("once more"));
    const retried = contentOf(await x.retry());
    const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
    model.when("count", three);
    const counted = contentOf(await x.send("count", { schema }));
    return {
      failed,
      retried,
      counted,
      next: contentOf(await x.send("next")),
      said: model.requests().at(-1)?.userMessages,
    };
  },
  "a command of ours inside of a turn": async ({ x, model, workspace, shell, mayRun }) => {
    const out = join(workspace, "out");
    const inner = `${process.execPath} ${CLI} send x inner --json > ${out}`;
    model.when("ask yourself", { toolCalls: [shell(inner)], next: "done" });
    const { outcome } = await x.send("ask yourself", mayRun);
    return { outcome, inner: JSON.parse(readFileSync(out, "utf8")).error?.code };
  },
};
