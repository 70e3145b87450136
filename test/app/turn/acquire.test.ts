import assert from "node:assert/strict";
import fs, { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Context } from "../../../src/app/context.ts";
import { takeSession } from "../../../src/app/turn/acquire.ts";
import { newTicket } from "../../../src/app/turn/ticket.ts";
import type { SessionKey } from "../../../src/domain/session/session.ts";
import type { Waiter } from "../../../src/domain/store.ts";
import { openFakeCli } from "../../support/cli/fake-cli.ts";
import { contextOf } from "../../support/context.ts";
import { patchFs } from "../../support/patched-fs.ts";
import { until } from "../../support/run.ts";

/** Puts a turn into the line as `send --detach` does, attended by this process. */
async function standInLine(context: Context, key: SessionKey): Promise<Waiter> {
  const { turnId, arrival, calledBy } = newTicket(context, undefined);
  const acceptedAt = context.now().toISOString();
  const folder = context.turns.accept(
    {
      v: 1,
      turnId,
      scope: { workspace: context.cwd, agent: key.agent },
      name: "x",
      sessionId: key.sessionId,
      cwd: context.cwd,
      arrival,
      acceptedAt,
      calledBy,
      caller: context.self(),
      launcher: [],
      agentArgs: [],
      ifBusy: "wait",
    },
    "hi",
  );
  folder.saveAttendant(context.self());
  const waiter = { turnId, arrival, calledBy, process: context.self(), since: acceptedAt };
  await context.store.session(key).queue.join(waiter);
  return waiter;
}

/** How many files one of the line reads each time it wakes up, beside `others` in it. */
async function readsPerWakeUp(
  t: TestContext,
  context: Context,
  key: SessionKey,
  place: "first" | "last",
  others: number,
): Promise<number> {
  const first = newTicket(context, undefined);
  const before: Waiter[] = [];
  for (let at = 0; at < others; at += 1) before.push(await standInLine(context, key));
  const ticket = place === "first" ? first : newTicket(context, undefined);
  const { queue } = context.store.session(key);

  const { readFileSync, readdirSync } = fs;
  let reads = 0;
  const atLook: number[] = [];
  const restore = patchFs(t, {
    readFileSync: ((...args: Parameters<typeof readFileSync>) => {
      reads += 1;
      return readFileSync(...args);
    }) as typeof readFileSync,
    readdirSync: ((...args: Parameters<typeof readdirSync>) => {
      // Whoever wakes up looks first who is before it.
      if (String(args[0]).endsWith("/queue")) atLook.push(reads);
      return readdirSync(...args);
    }) as typeof readdirSync,
  });
  const ending = new AbortController();
  const taking = takeSession(context, {
    key,
    label: "x",
    workspace: context.cwd,
    ticket,
    ifBusy: "wait",
    signal: ending.signal,
  });
  const [predecessor] = before.slice(-1);
  await until(
    async () => {
      // Written anew, a ticket wakes whoever watches it; the first in line looks of its own accord.
      if (place === "last" && predecessor !== undefined) await queue.join(predecessor);
      return atLook.length >= 8;
    },
    { what: "some looks", everyMs: 50 },
  );
  ending.abort(new Error("enough"));
  await assert.rejects(taking, /enough/);
  restore();
  for (const { turnId } of before) {
    const queued = context.turns.unended(turnId);
    assert.ok(queued);
    context.turns.settle(queued.folder, turnId);
  }
  for (const waiter of before) await (await queue.join(waiter)).leave();
  // The first looks are those of one who has just come.
  const steps = atLook.slice(3).map((now, at) => now - (atLook[at + 2] ?? 0));
  return Math.max(...steps);
}

for (const place of ["first", "last"] as const) {
  test(`the ${place} in line reads no more at each wake-up however many wait with it`, async (t) => {
    const cli = openFakeCli(t);
    const { json } = await cli.run(["create", "x", "--json"]);
    const gate = join(cli.sandbox.folder, "go");
    const sending = cli.start(["send", "x", cli.say({ waitForFile: gate }, "one")]);
    await until(() => cli.records().length === 1, { what: "the agent" });
    const context = contextOf(cli.sandbox);
    const key = { agent: "claude", sessionId: String(json.session_id) };
    const few = await readsPerWakeUp(t, context, key, place, 3);
    const many = await readsPerWakeUp(t, context, key, place, 40);
    assert.ok(few > 0 && few < 12, `${few} reads`);
    assert.equal(many, few);
    writeFileSync(gate, "");
    assert.equal((await sending.result).code, 0);
  });
}

test("a holder that is no turn does not make a conversation busy for who would not wait", async (t) => {
  const cli = openFakeCli(t);
  const { json } = await cli.run(["create", "x", "--json"]);
  const context = contextOf(cli.sandbox);
  const key = { agent: "claude", sessionId: String(json.session_id) };
  const { lock } = context.store.session(key);
  const take = () => {
    const ticket = newTicket(context, undefined);
    return takeSession(context, { key, label: "x", workspace: context.cwd, ticket, ifBusy: "fail" });
  };
  // As `adopt`, `restore` and the collection of garbage hold it, for a moment.
  const brief = await lock.tryTake("");
  const taking = take();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await brief?.release();
  const held = await taking;
  await assert.rejects(take(), { code: "busy" }, "a turn is about to begin in it");
  await held.release();
});
