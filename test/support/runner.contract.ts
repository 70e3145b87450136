import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Detached, inBackground } from "../../src/app/ask/askers/background.ts";
import { create } from "../../src/app/ask/create.ts";
import { send } from "../../src/app/ask/send.ts";
import type { SendOptions } from "../../src/app/ask/send-request.ts";
import type { Context } from "../../src/app/context.ts";
import { show } from "../../src/app/tell/show.ts";
import type { TurnResult } from "../../src/domain/turn/turn.ts";
import { FAKE_AGENT, fakePrompt, readFakeRecords } from "./fake-agent/script.ts";
import { until } from "./until.ts";

/** Two who ask, and somebody who runs what they ask for. */
export interface RunnerPlace {
  one: Context;
  /** Another process, or another machine. */
  another: Context;
  workspace: string;
  /** A folder for files of the test. */
  folder: string;
}

type Given = Partial<SendOptions> & { requestId?: string; deadlineAt?: string };

/**
 * What whoever asks for turns may expect of a `Runner`, whoever runs them. Turns are asked for as every surface does, since
 * how they are accepted differs: a line that machines share takes orders that name nothing of this machine.
 */
export function testRunner(title: string, open: (t: TestContext) => Promise<RunnerPlace | undefined>): void {
  const check = (what: string, body: (asking: Asking) => Promise<void>) =>
    test(`${title}: ${what}`, async (t) => {
      const place = await open(t);
      if (place !== undefined) await body(new Asking(place));
    });

  check(
    "what was accepted is known to others at once, in its place; twenty run once, in order",
    async (asking) => {
      const { one, another } = asking.place;
      await asking.begin();
      const running = await asking.held("running");
      const asked = await Promise.all(
        Array.from({ length: 20 }, (_, at) => asking.send(`prompt ${at}`, {}, at % 2 === 0 ? one : another)),
      );
      const listed = await another.runner.unended({ workspace: asking.place.workspace });
      assert.deepEqual(
        listed.map(({ turnId, state }) => [turnId === running.turnId, state]),
        [[true, "running"], ...asked.map(() => [false, "queued"])],
      );
      const order = listed.map(({ turnId }) => turnId);
      assert.deepEqual(order.toSorted(), [running, ...asked].map(({ turnId }) => turnId).toSorted());
      const key = { agent: "claude", sessionId: listed[0]?.sessionId ?? "" };
      const begun = await another.runner.unended(key);
      assert.deepEqual(
        begun.map(({ turnId }) => turnId),
        [running.turnId],
        "of one conversation, only those that have begun",
      );
      const shown = await show(another, { name: "review", workspace: asking.place.workspace });
      assert.deepEqual(
        [shown.busy?.turnId, shown.busy?.state, shown.queued],
        [running.turnId, "running", 20],
      );
      assert.equal(await one.runner.prompt(asked[3]?.turnId ?? ""), asking.prompt("prompt 3"));
      asking.letGo("running");
      for (const turn of asked) assert.equal((await asking.end(turn)).outcome, "succeeded");
      assert.deepEqual((await asking.journal()).slice(1), order);
      assert.deepEqual(await one.runner.unended({ workspace: asking.place.workspace }), []);
      const events = asking.records().map(({ event }) => event);
      assert.deepEqual(
        events,
        Array.from({ length: 22 }, () => ["start", "end"]).flat(),
        "one after another",
      );
    },
  );

  check("thirty who ask with one request id get one turn", async (asking) => {
    const { one, another } = asking.place;
    await asking.begin();
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        asking.send("the same", { requestId: "r1" }, at % 2 === 0 ? one : another),
      ),
    );
    assert.equal(new Set(asked.map(({ turnId }) => turnId)).size, 1);
    await asking.end(asked[0] as Detached);
    assert.equal((await asking.send("the same", { requestId: "r1" })).turnId, asked[0]?.turnId);
    assert.equal((await asking.journal()).length, 2);
    await assert.rejects(asking.send("another prompt", { requestId: "r1" }), { code: "usage" });
  });

  check("what waits ends when it is cancelled, and what runs ends with its agent", async (asking) => {
    const { one, another } = asking.place;
    await asking.begin();
    const running = await asking.held("running");
    const waiting = await asking.send("waits");
    const behind = await asking.send("is behind");
    const by = { at: new Date().toISOString(), by: "somebody" };
    await another.runner.askToEnd(waiting.turnId, by);
    assert.equal((await asking.end(waiting)).outcome, "cancelled");
    assert.equal((await one.runner.look(running.turnId))?.state, "running");
    await another.runner.askToEnd(running.turnId, by);
    assert.equal((await asking.end(running)).outcome, "cancelled");
    assert.equal((await asking.end(behind)).outcome, "succeeded");
    assert.equal(asking.starts(), 3, "what waited was asked of no agent");
    assert.ok(!asking.records().some(({ event, pid }) => event === "start" && isAlive(pid)));
    await another.runner.askToEnd(running.turnId, by);
    await another.runner.askToEnd("20200101-000000-00000000", by);
    assert.equal((await asking.end(running)).outcome, "cancelled");
  });

  check("a deadline that passes in the line ends the turn, and what is behind it runs", async (asking) => {
    await asking.begin();
    const running = await asking.held("running");
    const late = await asking.send("too late", { deadlineAt: new Date(Date.now() + 1_500).toISOString() });
    const behind = await asking.send("is behind");
    assert.equal((await asking.end(late)).outcome, "deadline");
    asking.letGo("running");
    assert.equal((await asking.end(running)).outcome, "succeeded");
    assert.equal((await asking.end(behind)).outcome, "succeeded");
    assert.equal(asking.starts(), 3, "what was too late was asked of no agent");
  });

  check("output: each who asks gets all of it, from the beginning to the end of the turn", async (asking) => {
    const { another } = asking.place;
    await asking.begin();
    const running = await asking.held("running", { stdoutLines: 3, lineEveryMs: 20 });
    const ended = asking.end(running);
    const early = await another.runner.output(running.turnId);
    const late = await another.runner.output(running.turnId, { fromNow: true });
    assert.ok(early !== undefined && late !== undefined);
    const [all, rest] = [bytesOf(early, ended), bytesOf(late, ended)];
    asking.letGo("running");
    const text = (await all).toString("utf8");
    const types = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    assert.equal(types[0], "system");
    assert.equal(types.at(-1), "result");
    assert.equal(types.filter((type) => type === "stream_event").length, 3);
    const behind = (await rest).toString("utf8");
    assert.ok(text.endsWith(behind) && behind.length < text.length, "the end of it");
    assert.equal(await another.runner.output("20200101-000000-00000000"), undefined);
  });

  check(
    "a turn that has ended is kept for whoever comes back; one that never was is not there",
    async (asking) => {
      const { one, another } = asking.place;
      const { turnId } = await asking.begin();
      for (const context of [one, another]) {
        const kept = await context.runner.look(turnId);
        assert.ok(kept?.state === "ended");
        assert.deepEqual([kept.name, kept.result.outcome], ["review", "succeeded"]);
        const { workspace } = asking.place;
        assert.deepEqual(
          (await context.runner.kept({ workspace })).map((turn) => turn.turnId),
          [turnId],
        );
      }
      await one.runner.run(turnId);
      await one.runner.refresh({ workspace: asking.place.workspace });
      assert.equal((await asking.journal()).length, 1);
      for (const never of ["20200101-000000-00000000", "../../etc/passwd"])
        assert.equal(await one.runner.look(never), undefined);
    },
  );

  check(
    "whoever waits for a change is woken by the end of the turn, by the time, or by himself",
    async (asking) => {
      const { another } = asking.place;
      await asking.begin();
      const running = await asking.held("running");
      const stop = new AbortController();
      const stopped = another.runner.changed(running.turnId, 60_000, stop.signal);
      stop.abort();
      await stopped;
      await another.runner.changed(running.turnId, 10);
      const ended = asking.end(running);
      asking.letGo("running");
      await ended;
    },
  );
}

/** Somebody who asks for turns of one name. */
class Asking {
  private readonly recordsFile: string;

  constructor(readonly place: RunnerPlace) {
    this.recordsFile = join(place.folder, "records");
    writeFileSync(this.recordsFile, "");
  }

  /** Begins the conversation, and waits for the end of its first turn. */
  async begin(): Promise<Detached> {
    const { one, workspace } = this.place;
    const asked = { name: "review", agent: "claude", workspace, agentCommand: FAKE_AGENT };
    const created = await create(one, { ...asked, prompt: this.prompt("begins") }, inBackground());
    assert.ok(created.created);
    assert.equal((await this.end(created.turn)).outcome, "succeeded");
    return created.turn;
  }

  prompt(text: string, script: object = {}): string {
    return fakePrompt({ ...script, recordArgvTo: this.recordsFile }, text);
  }

  send(text: string, { requestId, ...given }: Given = {}, context = this.place.one): Promise<Detached> {
    const { workspace } = this.place;
    return send(
      context,
      {
        name: "review",
        workspace,
        mode: { kind: "plain" },
        prompt: this.prompt(text),
        agentCommand: FAKE_AGENT,
        ...(requestId === undefined ? {} : { request: { id: requestId } }),
        ...given,
      },
      inBackground(),
    );
  }

  /** A turn whose agent runs until it is let go. */
  async held(word: string, script: object = {}): Promise<Detached> {
    const pidTo = this.file(`${word}.pid`);
    const prompt = this.prompt(word, { ...script, pidTo, waitForFile: this.file(`${word}.go`) });
    const turn = await this.send(word, { prompt });
    await until(() => existsSync(pidTo), { what: "the agent to run", timeoutMs: 30_000 });
    return turn;
  }

  letGo(word: string): void {
    writeFileSync(this.file(`${word}.go`), "");
  }

  async end({ turnId }: Pick<Detached, "turnId">): Promise<TurnResult> {
    const { runner } = this.place.another;
    for (;;) {
      const found = await runner.look(turnId);
      if (found === undefined) throw new Error(`Turn ${turnId} is gone.`);
      if (found.state === "ended") return found.result;
      await runner.changed(turnId, 1_000);
    }
  }

  async journal(): Promise<string[]> {
    const { one, workspace } = this.place;
    const { entry } = await one.store.find({ workspace, agent: "claude" }, "review");
    const turns = await one.store
      .session({ agent: "claude", sessionId: entry?.sessionId ?? "" })
      .journal.read();
    return turns.map(({ turnId }) => turnId);
  }

  records() {
    return readFakeRecords(readFileSync(this.recordsFile, "utf8"));
  }

  /** How often an agent was started. */
  starts(): number {
    return this.records().filter(({ event }) => event === "start").length;
  }

  private file(name: string): string {
    return join(this.place.folder, name);
  }
}

async function bytesOf(
  output: NonNullable<Awaited<ReturnType<Context["runner"]["output"]>>>,
  over: Promise<unknown>,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of output.chunks(over)) chunks.push(Buffer.from(chunk));
  output.close();
  return Buffer.concat(chunks);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
