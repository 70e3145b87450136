import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { SessionStore } from "../../../src/domain/store.ts";
import {
  type Claim,
  type ClaimEnd,
  Fenced,
  type LineOrder,
  neverBegan,
  type TurnLine,
} from "../../../src/domain/turn/line.ts";
import type { TurnResult } from "../../../src/domain/turn/turn.ts";
import { until } from "../until.ts";

/** A machine that has its own end of the line. */
export interface Machine {
  line: TurnLine;
  /** It gives no sign of life until it wakes, and goes on working. */
  hang(): void;
  wake(): void;
  /** Nothing of it reaches the line any more. */
  die(): Promise<void>;
}

/** Machines that share a line. */
export interface Fleet {
  store: SessionStore;
  machine(name: string): Promise<Machine>;
}

const WORKSPACE = "git:host/owner/shop";
const scope = { workspace: WORKSPACE, agent: "claude" };
const serves = { agents: ["claude"], workspaces: [WORKSPACE], places: 4 };

let count = 0;

export function order(given: Partial<LineOrder> = {}): LineOrder {
  count += 1;
  return {
    turnId: `20261128-010203-${String(count).padStart(8, "0")}`,
    scope,
    name: "review",
    prompt: `prompt ${count}`,
    calledBy: "a test",
    acceptedAt: new Date().toISOString(),
    sessionId: "session-1",
    ...given,
  };
}

export function ended({ order: asked, attempt }: Claim, given: Partial<TurnResult> = {}): ClaimEnd {
  const at = new Date().toISOString();
  const { turnId, name, prompt, sessionId = "session-new" } = asked;
  const result: TurnResult = {
    turnId,
    name,
    agent: asked.scope.agent,
    workspace: asked.scope.workspace,
    sessionId,
    outcome: "succeeded",
    continuity: "native",
    text: `answer ${attempt}`,
    startedAt: at,
    endedAt: at,
    durationMs: 0,
    ...given,
  };
  const { agent, workspace, sessionId: _, endedAt, durationMs, ...kept } = result;
  const key = { agent, sessionId };
  return { result, journal: { key, turn: { ...kept, at: endedAt, prompt } } };
}

/** What every line has to do. `open` gives a new, empty one; undefined where there is none, and then it has said why. */
export function testLine(title: string, open: (t: TestContext) => Promise<Fleet | undefined>): void {
  const check = (what: string, body: (t: TestContext, fleet: Fleet) => Promise<void>) =>
    test(`${title}: ${what}`, async (t) => {
      const fleet = await open(t);
      if (fleet !== undefined) await body(t, fleet);
    });

  /** Lets a machine work until the test is over. */
  const work = (t: TestContext, { line }: Machine, run: (claim: Claim) => Promise<void>, places = 4) => {
    const stop = new AbortController();
    const done = line.work({ ...serves, places }, run, stop.signal);
    done.catch(() => undefined);
    t.after(() => stop.abort());
    return { stop: () => stop.abort(), done };
  };
  const hasEnded = (line: TurnLine, { turnId }: LineOrder) =>
    until(async () => (await line.find(turnId))?.state === "ended", { what: `the end of ${turnId}` });

  check("a name is reserved with its first turn, or neither is there", async (_t, fleet) => {
    const { line } = await fleet.machine("client");
    const first = () => order({ sessionId: undefined, begins: { continuity: "new" } });
    const accept = (one: LineOrder) =>
      line.accept(one, ({ reserved }) => {
        if (reserved.has(one.name)) throw new Error("taken");
        return [{ op: "reserve", name: one.name, turnId: one.turnId }];
      });
    const asked = Array.from({ length: 8 }, first);
    const accepted = await Promise.allSettled(asked.map(accept));
    const [winner, ...others] = asked.filter((_, at) => accepted[at]?.status === "fulfilled");
    assert.deepEqual(others, [], "one of them");
    assert.equal((await fleet.store.list(scope)).reserved.get("review"), winner?.turnId);
    const unended = await line.list({});
    assert.deepEqual(
      unended.map(({ order: { turnId } }) => turnId),
      [winner?.turnId],
    );
  });

  check(
    "what a turn brings along is there until it ends, and what it leaves afterwards",
    async (t, fleet) => {
      const client = await fleet.machine("client");
      const carried = Buffer.from([0, 255, 10, ...Buffer.from("a file")]);
      const tree = { kind: "carry", commit: "0".repeat(40), files: 1, bytes: carried.length } as const;
      const [one, bare, late] = [
        order({ tree, carried }),
        order(),
        order({ tree, carried, sessionId: "other" }),
      ];
      for (const each of [one, bare, late]) await client.line.accept(each);
      const [listed] = await client.line.list({});
      assert.ok(listed);
      assert.deepEqual([listed.order.tree, "carried" in listed.order], [tree, false]);
      await client.line.askToEnd(late.turnId, { at: new Date().toISOString(), by: "a test" });
      const seen: unknown[] = [];
      const left: unknown[] = [];
      work(t, await fleet.machine("worker"), async (claim) => {
        const brought = await claim.carried();
        seen.push([
          claim.order.turnId,
          claim.order.tree?.kind,
          brought && Buffer.from(brought).toString("hex"),
        ]);
        const patch = claim.order.tree && Buffer.from("a patch");
        await claim.end({ ...ended(claim), patch });
        left.push(await claim.carried());
      });
      await until(() => left.length === 2, { what: "both turns" });
      assert.deepEqual(left, [undefined, undefined], "nothing of it is kept");
      assert.deepEqual(seen, [
        [one.turnId, "carry", carried.toString("hex")],
        [bare.turnId, undefined, undefined],
      ]);
      const patches = await Promise.all([one, bare, late].map(({ turnId }) => client.line.patch(turnId)));
      assert.deepEqual(
        patches.map((patch) => patch && Buffer.from(patch).toString()),
        ["a patch", undefined, undefined],
      );
    },
  );

  check(
    "turns of one conversation run once, one after another, in order, whoever works",
    async (t, fleet) => {
      const client = await fleet.machine("client");
      const orders = Array.from({ length: 24 }, (_, at) => order({ sessionId: `session-${at % 3}` }));
      for (const one of orders) await client.line.accept(one);
      const ran: string[] = [];
      const busy = new Set<string>();
      for (const name of ["one", "two", "three"])
        work(t, await fleet.machine(name), async (claim) => {
          const { sessionId = "", turnId } = claim.order;
          assert.ok(!busy.has(sessionId), "two turns of one conversation at once");
          busy.add(sessionId);
          ran.push(turnId);
          await claim.begun();
          await new Promise((resolve) => setImmediate(resolve));
          busy.delete(sessionId);
          await claim.end(ended(claim));
        });
      for (const one of orders) await hasEnded(client.line, one);
      for (const session of ["session-0", "session-1", "session-2"]) {
        const asked = orders.filter(({ sessionId }) => sessionId === session).map(({ turnId }) => turnId);
        assert.deepEqual(
          ran.filter((turnId) => asked.includes(turnId)),
          asked,
        );
        const journal = await fleet.store.session({ agent: "claude", sessionId: session }).journal.read();
        assert.deepEqual(
          journal.map(({ turnId }) => turnId),
          asked,
        );
      }
    },
  );

  check("a turn that was accepted waits, and tells how many come before it", async (_t, fleet) => {
    const { line } = await fleet.machine("client");
    const [first, second] = [order(), order()];
    assert.deepEqual(await line.accept(first), { turnId: first.turnId, isNew: true });
    await line.accept(second);
    const found = await (await fleet.machine("another")).line.find(second.turnId);
    assert.deepEqual(
      [found?.state, found?.ahead, found?.attempt, found?.order.name],
      ["queued", 1, 0, "review"],
    );
    assert.equal(await line.prompt(second.turnId), second.prompt);
    assert.deepEqual(
      (await line.list({ workspaces: [WORKSPACE] })).map((turn) => turn.order.turnId),
      [first.turnId, second.turnId],
    );
    assert.deepEqual(await line.list({ workspaces: ["git:host/owner/other"] }), []);
    await assert.rejects(line.accept(order({ ifBusy: "fail" })), { code: "busy" });
  });

  check(
    "turns are listed as they were accepted, whatever the clocks of those who asked",
    async (_t, fleet) => {
      const { line } = await fleet.machine("client");
      const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
      const asked = [0, -5, 5, -9].map((minutes) => order({ acceptedAt: at(minutes) }));
      for (const one of asked) await line.accept(one);
      assert.deepEqual(
        (await line.list({ agent: "claude" })).map((turn) => turn.order.turnId),
        asked.map(({ turnId }) => turnId),
      );
    },
  );

  check("thirty who ask with one request id get one turn", async (_t, fleet) => {
    const client = await fleet.machine("client");
    const another = await fleet.machine("another");
    const asked = Array.from({ length: 30 }, () => order({ prompt: "the same", requestId: "r1" }));
    const told = await Promise.all(
      asked.map((one, at) => (at % 2 === 0 ? client : another).line.accept(one)),
    );
    assert.equal(told.filter(({ isNew }) => isNew).length, 1);
    assert.equal(new Set(told.map(({ turnId }) => turnId)).size, 1);
    await assert.rejects(client.line.accept(order({ requestId: "r1" })), { code: "usage" });
    const begins = () =>
      order({
        sessionId: undefined,
        begins: { continuity: "new" },
        name: "fresh",
        prompt: "p",
        requestId: "r1",
      });
    const first = await client.line.accept(begins());
    assert.deepEqual(await another.line.accept(begins()), { turnId: first.turnId, isNew: false });
    assert.equal(
      (await client.line.made({ workspace: WORKSPACE, name: "fresh" }, "r1"))?.turnId,
      first.turnId,
    );
  });

  check(
    "of a request that never began, who waited may ask again, and who left it is told",
    async (_t, fleet) => {
      const { line } = await fleet.machine("client");
      await line.accept(order());
      const by = { at: new Date().toISOString(), by: "a test" };
      const first = { sessionId: undefined, begins: { continuity: "new" } as const, name: "new" };
      for (const [isDetached, place] of [
        [true, {}],
        [undefined, {}],
        [true, first],
        [undefined, { ...first, name: "newer" }],
      ] as const) {
        const asked = () => order({ prompt: "the same", requestId: `r-${isDetached}`, isDetached, ...place });
        const first = asked();
        await line.accept(first);
        await line.askToEnd(first.turnId, by);
        assert.equal((await line.find(first.turnId))?.result?.hasRun, false);
        const again = asked();
        const told = isDetached
          ? { turnId: first.turnId, isNew: false }
          : { turnId: again.turnId, isNew: true };
        assert.deepEqual(await line.accept(again), told);
      }
    },
  );

  check(
    "of a request whose turn was refused by its worker, who left it may ask again, too",
    async (t, fleet) => {
      const { line } = await fleet.machine("client");
      const asked = () => order({ prompt: "the same", requestId: "r1", isDetached: true, ifBusy: "fail" });
      const first = asked();
      await line.accept(first);
      const why = { outcome: "failed", code: "busy", message: "A window has it." } as const;
      const worker = work(t, await fleet.machine("worker"), (claim) =>
        claim.end({ result: neverBegan(claim.order, why, new Date()) }),
      );
      await hasEnded(line, first);
      worker.stop();
      await worker.done;
      const again = asked();
      assert.deepEqual(await line.accept(again), { turnId: again.turnId, isNew: true });
    },
  );

  for (const when of ["before its agent begins", "while its agent runs", "before the end is recorded"])
    check(`a worker that dies ${when}: another has the turn, and knows`, async (t, fleet) => {
      const client = await fleet.machine("client");
      const [asked, behind] = [order(), order()];
      await client.line.accept(asked);
      await client.line.accept(behind);
      const dying = await fleet.machine("dying");
      const late: Promise<unknown>[] = [];
      const dead = new Promise<void>((resolve) => {
        work(t, dying, async (claim) => {
          if (when !== "before its agent begins") await claim.begun();
          claim.say(Buffer.from("half"));
          await dying.die();
          resolve();
          if (when === "before the end is recorded")
            late.push(assert.rejects(claim.end(ended(claim, { text: "from the dead" }))));
          await new Promise(() => undefined);
        }).done.catch(() => undefined);
      });
      await dead;
      const seen: Claim["before"][] = [];
      work(t, await fleet.machine("next"), async (claim) => {
        if (claim.order.turnId === asked.turnId) seen.push(claim.before);
        await claim.begun();
        await claim.end(ended(claim));
      });
      await hasEnded(client.line, behind);
      assert.deepEqual(
        seen.map((before) => [before?.worker, before?.attempt, before?.hasBegun]),
        [["dying", 1, when !== "before its agent begins"]],
      );
      assert.equal((await client.line.find(asked.turnId))?.result?.text, "answer 2");
      const journal = await fleet.store.session({ agent: "claude", sessionId: "session-1" }).journal.read();
      assert.deepEqual(
        journal.map(({ turnId }) => turnId),
        [asked.turnId, behind.turnId],
      );
    });

  check("whether a worker takes turns of an agent and a workspace", async (t, fleet) => {
    const { line } = await fleet.machine("client");
    const { scope } = order();
    assert.equal(await line.isServed(scope), false, "before one works");
    const { stop, done } = work(t, await fleet.machine("worker"), async () => undefined);
    await until(() => line.isServed(scope), { what: "the sign of the worker" });
    assert.equal(await line.isServed({ ...scope, agent: "codex" }), false);
    assert.equal(await line.isServed({ ...scope, workspace: `${scope.workspace}x` }), false);
    stop();
    await done;
    assert.equal(await line.isServed(scope), false, "after it has stopped");
  });

  check("a worker that hangs and wakes can write nothing any more", async (t, fleet) => {
    const client = await fleet.machine("client");
    const asked = order();
    await client.line.accept(asked);
    const hanging = await fleet.machine("hanging");
    let wake: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const told: unknown[] = [];
    let isLost = false;
    const taken = new Promise<void>((resolve) => {
      const { stop } = work(t, hanging, async (claim) => {
        await claim.begun();
        hanging.hang();
        claim.lost.addEventListener("abort", () => {
          isLost = true;
        });
        resolve();
        await isOver;
        hanging.wake();
        await claim.end(ended(claim, { text: "too late" })).catch((error: unknown) => told.push(error));
        stop();
        await until(() => isLost, { what: "the loss of the claim" });
      });
    });
    await taken;
    work(t, await fleet.machine("next"), async (claim) => {
      await claim.begun();
      await claim.end(ended(claim));
    });
    await hasEnded(client.line, asked);
    wake();
    await until(() => told.length > 0, { what: "the refusal" });
    assert.ok(told[0] instanceof Fenced, String(told[0]));
    await until(() => isLost, { what: "the loss of the claim" });
    assert.equal((await client.line.find(asked.turnId))?.result?.text, "answer 2");
    const journal = await fleet.store.session({ agent: "claude", sessionId: "session-1" }).journal.read();
    assert.deepEqual(
      journal.map(({ text }) => text),
      ["answer 2"],
    );
  });

  check("a turn that is given back is taken again, in its place", async (t, fleet) => {
    const client = await fleet.machine("client");
    const [asked, behind] = [order(), order()];
    await client.line.accept(asked);
    await client.line.accept(behind);
    const ran: string[] = [];
    const told: unknown[] = [];
    const why = "no agent, nor \u0000";
    const look = async () => told.push((await client.line.find(asked.turnId))?.waitsBecause);
    work(t, await fleet.machine("worker"), async (claim) => {
      if (ran.length === 0) {
        ran.push("given back");
        await look();
        await claim.giveBack(why);
        return void (await look());
      }
      ran.push(claim.order.turnId);
      if (claim.order.turnId === asked.turnId) await look();
      await claim.begun();
      if (claim.order.turnId === asked.turnId) await look();
      await claim.end(ended(claim));
    });
    await hasEnded(client.line, behind);
    assert.deepEqual(ran, ["given back", asked.turnId, behind.turnId]);
    assert.deepEqual(told, [undefined, why, why, undefined], "why it waits, until it has begun");
  });

  check("cancel: what waits ends at once, and a worker is told to end what runs", async (t, fleet) => {
    const client = await fleet.machine("client");
    const [runs, waits] = [order(), order()];
    await client.line.accept(runs);
    await client.line.accept(waits);
    const by = { at: new Date().toISOString(), by: "somebody" };
    const reasons: unknown[] = [];
    const worker = await fleet.machine("worker");
    const begun = new Promise<void>((resolve) => {
      work(t, worker, async (claim) => {
        await claim.begun();
        resolve();
        await new Promise<void>((end) => claim.cancelled.addEventListener("abort", () => end()));
        reasons.push(claim.cancelled.reason);
        await claim.end(ended(claim, { outcome: "cancelled" }));
      });
    });
    await begun;
    await client.line.askToEnd(waits.turnId, by);
    const ended1 = await client.line.find(waits.turnId);
    assert.deepEqual(
      [ended1?.state, ended1?.result?.outcome, ended1?.result?.hasRun],
      ["ended", "cancelled", false],
    );
    await client.line.askToEnd(runs.turnId, by);
    await hasEnded(client.line, runs);
    assert.deepEqual(reasons, [by]);
    assert.equal((await client.line.find(runs.turnId))?.result?.outcome, "cancelled");
  });

  check("a turn whose deadline passes in the line ends, and what is behind it runs", async (t, fleet) => {
    const client = await fleet.machine("client");
    const unseen = order({ deadlineAt: new Date(Date.now() - 1).toISOString() });
    await client.line.accept(unseen);
    const listed = await client.line.list({});
    assert.ok(
      !listed.some((turn) => turn.order.turnId === unseen.turnId),
      "nobody lists it as one that waits",
    );
    const late = order({ deadlineAt: new Date(Date.now() - 1).toISOString() });
    const behind = order();
    await client.line.accept(late);
    await client.line.accept(behind);
    work(t, await fleet.machine("worker"), async (claim) => {
      assert.equal(claim.order.turnId, behind.turnId);
      await claim.end(ended(claim));
    });
    await hasEnded(client.line, behind);
    const { outcome, hasRun } = (await client.line.find(late.turnId))?.result ?? {};
    assert.deepEqual([outcome, hasRun], ["deadline", false]);
  });

  check("a create that never begins gives its name back, and nobody else's", async (_t, fleet) => {
    const client = await fleet.machine("client");
    const creating = (name: string, given: Partial<LineOrder> = {}) =>
      order({ sessionId: undefined, begins: { continuity: "new" }, name, ...given });
    const late = creating("late", { deadlineAt: new Date(Date.now() + 300).toISOString() });
    const cancelled = creating("cancelled");
    const retaken = creating("retaken", { deadlineAt: late.deadlineAt });
    for (const one of [late, cancelled, retaken]) {
      const turnId = one === retaken ? "another turn" : one.turnId;
      await fleet.store.update(scope, () => [{ op: "reserve", name: one.name, turnId }]);
      await client.line.accept(one);
    }
    await client.line.askToEnd(cancelled.turnId, { at: new Date().toISOString(), by: "a test" });
    for (const one of [late, retaken]) await hasEnded(client.line, one);
    const { reserved } = await fleet.store.list(scope);
    assert.deepEqual([...reserved], [["retaken", "another turn"]]);
  });

  check("what was said so far is told with its end, of whole lines", async (t, fleet) => {
    const client = await fleet.machine("client");
    const asked = order();
    await client.line.accept(asked);
    assert.deepEqual((await client.line.saidSoFar(asked.turnId, 100)).bytes, 0);
    const worker = await fleet.machine("worker");
    let end: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    work(t, worker, async (claim) => {
      for (const line of ["one\n", "two is longer\n", "three\n"]) {
        claim.say(Buffer.from(line));
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      await isOver;
      await claim.end(ended(claim));
    });
    const so = async (most: number) => {
      const { bytes, at, tail } = await client.line.saidSoFar(asked.turnId, most);
      return { bytes, at, tail: Buffer.from(tail).toString() };
    };
    await until(async () => (await so(1_000)).tail.endsWith("three\n"), { what: "what was said" });
    const { at, ...all } = await so(1_000);
    assert.deepEqual(all, { bytes: 24, tail: "one\ntwo is longer\nthree\n" });
    assert.ok(Math.abs(Date.parse(at ?? "") - Date.now()) < 60_000);
    assert.equal((await so(10)).tail, "three\n");
    assert.equal((await so(10)).bytes, 24);
    end();
    await hasEnded(client.line, asked);
  });

  check("a create that fails leaves no conversation, and its result", async (t, fleet) => {
    const client = await fleet.machine("client");
    const asked = order({ sessionId: undefined, begins: { continuity: "new" }, name: "new" });
    await client.line.accept(asked);
    work(t, await fleet.machine("worker"), async (claim) => {
      const { sessionId: _, ...result } = ended(claim).result;
      await claim.end({ result: { ...result, outcome: "failed" } });
    });
    await hasEnded(client.line, asked);
    const found = await client.line.find(asked.turnId);
    assert.deepEqual([found?.result?.outcome, found?.sessionId], ["failed", undefined]);
  });

  check("a create that begins a conversation is where later turns of it wait", async (t, fleet) => {
    const client = await fleet.machine("client");
    const asked = order({ sessionId: undefined, begins: { continuity: "new" }, name: "new" });
    await client.line.accept(asked);
    let go: () => void = () => undefined;
    const isLetGo = new Promise<void>((resolve) => {
      go = resolve;
    });
    const worker = await fleet.machine("worker");
    const isIn = new Promise<void>((resolve) => {
      work(t, worker, async (claim) => {
        if (claim.order.begins !== undefined) {
          await claim.isIn({ agent: "claude", sessionId: "session-new" });
          resolve();
          await isLetGo;
        }
        await claim.end(ended(claim));
      });
    });
    await isIn;
    const next = order({ sessionId: "session-new" });
    await client.line.accept(next);
    assert.equal((await client.line.find(next.turnId))?.ahead, 1);
    go();
    await hasEnded(client.line, next);
  });

  check("turns follow their name to another conversation, in order", async (t, fleet) => {
    const client = await fleet.machine("client");
    const orders = [order(), order(), order()];
    for (const one of orders) await client.line.accept(one);
    const ran: [string, string | undefined][] = [];
    work(t, await fleet.machine("worker"), async (claim) => {
      if (claim.order.sessionId === "session-1")
        return claim.moveTo({ agent: "claude", sessionId: "session-2" });
      ran.push([claim.order.turnId, claim.order.sessionId]);
      await claim.end(ended(claim));
    });
    for (const one of orders) await hasEnded(client.line, one);
    assert.deepEqual(
      ran,
      orders.map(({ turnId }) => [turnId, "session-2"]),
    );
  });

  check(
    "what an agent says is followed from another machine; a new attempt begins anew",
    async (t, fleet) => {
      const client = await fleet.machine("client");
      const asked = order();
      await client.line.accept(asked);
      work(t, await fleet.machine("worker"), async (claim) => {
        claim.say(Buffer.from(`one of ${claim.attempt}\n`));
        if (claim.attempt === 1) return claim.giveBack("again");
        claim.say(Buffer.from("two\n"));
        await claim.end(ended(claim));
      });
      await hasEnded(client.line, asked);
      const first = await client.line.said(asked.turnId, { attempt: 0, next: 0 });
      assert.deepEqual([first.attempt, Buffer.from(first.bytes).toString()], [2, "one of 2\ntwo\n"]);
      const rest = await client.line.said(asked.turnId, first);
      assert.deepEqual([rest.next, rest.bytes.length], [first.next, 0]);
    },
  );

  check("a worker that is to stop ends what it runs, and takes nothing new", async (t, fleet) => {
    const client = await fleet.machine("client");
    const [first, second] = [order(), order()];
    await client.line.accept(first);
    await client.line.accept(second);
    const { stop, done } = work(t, await fleet.machine("worker"), async (claim) => {
      stop();
      await claim.end(ended(claim));
    });
    await done;
    assert.equal((await client.line.find(first.turnId))?.state, "ended");
    assert.equal((await client.line.find(second.turnId))?.state, "queued");
  });
}
