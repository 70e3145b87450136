import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { LineResult } from "../../../src/mcp/tool.ts";
import { FirstScreen } from "../../../src/ui/server/first-screen.ts";

interface Place {
  screen: FirstScreen;
  changes: { count: number };
  /** What the names are now; an error is what the command says. */
  now: { names: string[] | Error | LineResult["error"] };
  /** How often the names were read. */
  looks(): number;
}

function open(): Place {
  const changes = { count: 7 };
  const now: Place["now"] = { names: ["a"] };
  let looks = 0;
  const screen = new FirstScreen({
    changes,
    maxAccess: "edit",
    async run({ argv: [verb] }) {
      if (verb !== "list") return { json: { turns: [], gates: [] } };
      looks += 1;
      const { names } = now;
      if (names instanceof Error) throw names;
      return Array.isArray(names) ? { json: { names, creating: [] } } : { error: names };
    },
  });
  return { screen, changes, now, looks: () => looks };
}

/** The names and the count of changes that a page is told. */
async function told({ screen }: Place, isFirst = true): Promise<unknown> {
  const { json, error } = await screen.answer({ isFirst });
  return json === undefined ? error : [json.names, json.changes];
}

const settled = () => new Promise(setImmediate);

test("a page that begins gets what was read ahead, and is called to ask again; the next answer is fresh", async () => {
  const place = open();
  place.screen.lookAhead();
  await settled();
  place.now.names = ["b"];
  assert.deepEqual(await told(place), [["a"], -1]);
  assert.equal(place.looks(), 1);
  assert.deepEqual(await told(place, false), [["b"], 7]);
});

test("a second page gets what the first was told last; one that asks again always gets what is so now", async () => {
  const place = open();
  assert.deepEqual(await told(place), [["a"], 7]);
  place.now.names = ["b"];
  assert.deepEqual(await told(place), [["a"], -1]);
  assert.deepEqual(await told(place, false), [["b"], 7]);
  place.now.names = ["c"];
  assert.deepEqual(await told(place), [["b"], -1]);
});

test("who asks while it is read ahead waits for that, and it is not read twice", async () => {
  const place = open();
  place.screen.lookAhead();
  assert.deepEqual(await told(place), [["a"], -1]);
  assert.equal(place.looks(), 1);
});

test("a change since makes it read again, and so do a request that changes something, and much time", async (t: TestContext) => {
  const since: ((place: Place) => unknown)[] = [
    ({ changes }) => {
      changes.count += 1;
    },
    ({ screen }) => screen.whileChanging(async () => undefined),
    ({ screen }) => assert.rejects(screen.whileChanging(() => Promise.reject(new Error("refused")))),
    () => {
      const later = performance.now() + 10_000;
      t.mock.method(performance, "now", () => later);
    },
  ];
  for (const happens of since) {
    const place = open();
    place.screen.lookAhead();
    await settled();
    place.now.names = ["b"];
    await happens(place);
    assert.deepEqual(await told(place), [["b"], place.changes.count]);
  }
});

test("what another page reads while a request changes something is not told to a page that begins after it", async () => {
  const place = open();
  await place.screen.whileChanging(async () => {
    await told(place, false);
    place.now.names = ["b"];
  });
  assert.deepEqual(await told(place), [["b"], 7]);
});

test("what could not be read ahead is read again, and its failure is told", async () => {
  for (const failure of [new Error("a bug"), { code: "state_unreadable", message: "No." }]) {
    const place = open();
    place.now.names = failure;
    place.screen.lookAhead();
    await settled();
    place.now.names = ["b"];
    assert.deepEqual(await told(place), [["b"], 7]);
  }
  const place = open();
  place.now.names = { code: "state_unreadable", message: "No." };
  place.screen.lookAhead();
  assert.deepEqual(await told(place), { code: "state_unreadable", message: "No." });
});
