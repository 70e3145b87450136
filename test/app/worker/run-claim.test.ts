import assert from "node:assert/strict";
import test from "node:test";
import { inBackground } from "../../../src/app/ask/askers/background.ts";
import { create } from "../../../src/app/ask/create.ts";
import { send } from "../../../src/app/ask/send.ts";
import type { OpenShared } from "../../../src/app/shared-line.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { MemoryStore } from "../../../src/stores/memory.ts";
import { MemoryLine } from "../../../src/stores/memory-line.ts";
import { MemoryPieces } from "../../../src/stores/memory-pieces.ts";
import { MemoryTurns } from "../../../src/stores/memory-turns.ts";
import { Transcripts } from "../../../src/stores/transcripts.ts";
import { FAKE_AGENT, fakePrompt } from "../../support/fake-agent/script.ts";
import { openSharedPlace } from "../../support/shared-runner-place.ts";

test("a lock that a worker does not get ends no turn whose caller does not wait for other turns", async (t) => {
  const store = new MemoryStore();
  const pieces = new MemoryPieces();
  const turns = new MemoryTurns(store, pieces);
  let locked = 0;
  const forWorker = new Proxy(store, {
    get: (target, key) => {
      if (key !== "list") return Reflect.get(target, key, target).bind(target);
      return async (...args: Parameters<MemoryStore["list"]>) => {
        if (locked > 0) {
          locked -= 1;
          throw new AppError("busy", "The names of claude were locked for 30 seconds.");
        }
        return target.list(...args);
      };
    },
  });
  const open: OpenShared = async (_address, { worker }) => ({
    store: worker === undefined ? store : forWorker,
    line: new MemoryLine(turns),
    transcripts: new Transcripts(pieces),
    purge: () => Promise.reject(new Error("unused")),
    collect: () => Promise.reject(new Error("unused")),
    close: async () => undefined,
  });
  const { one, workspace } = openSharedPlace(t, "postgres://nobody@localhost/nowhere", open);
  const end = async (turnId: string) => {
    for (;;) {
      const found = await one.runner.look(turnId);
      if (found?.state === "ended") return found.result;
      await one.runner.changed(turnId, 100);
    }
  };
  const asked = { name: "review", workspace, agentCommand: FAKE_AGENT };
  const created = await create(
    one,
    { ...asked, agent: "claude", prompt: fakePrompt({}, "1") },
    inBackground(),
  );
  assert.ok(created.created);
  assert.equal((await end(created.turn.turnId)).outcome, "succeeded");
  locked = 2;
  const { turnId } = await send(
    one,
    { ...asked, mode: { kind: "plain" }, prompt: fakePrompt({}, "2"), ifBusy: "fail" },
    inBackground(),
  );
  const result = await end(turnId);
  assert.deepEqual([result.outcome, result.failure], ["succeeded", undefined]);
  assert.equal(locked, 0, "the worker has met the lock");
});
