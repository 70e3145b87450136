import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import nodeTest, { type TestContext } from "node:test";
import {
  type LocalPlace,
  type Piece,
  TRANSCRIPT,
  type TranscriptStore,
} from "../../../src/domain/session/transcript-store.ts";
import { tempFolder } from "../temp-folder.ts";

const key = { agent: "claude", sessionId: "s1" };

/** A machine: its own folder, and the same store. */
interface Machine {
  place: LocalPlace & { sideFolder: string };
  /** Runs a turn: the agent adds to its transcript, and what it has added is recorded. */
  turn(added: string, work?: () => void): Promise<void>;
  text(): string;
}

/** What every store of transcripts has to do. `open` gives a new, empty one; undefined if the test was skipped. */
export function testTranscripts(
  title: string,
  open: (t: TestContext) => Promise<TranscriptStore | undefined>,
): void {
  const test = (
    what: string,
    work: (store: TranscriptStore, machine: () => Machine, t: TestContext) => Promise<void>,
  ): void => {
    nodeTest(`${title}: ${what}`, async (t) => {
      const store = await open(t);
      if (store !== undefined) await work(store, () => newMachine(store, tempFolder(t)), t);
    });
  };

  test("a conversation goes from machine to machine, and only what is new is fetched", async (store, machine) => {
    const [first, second] = [machine(), machine()];
    assert.deepEqual(await store.bring(key, first.place), {
      path: first.place.transcript,
      bytes: 0,
      fetchedBytes: 0,
    });
    await first.turn("one\n");
    await second.turn("two\n");
    const { bytes, fetchedBytes } = await store.bring(key, first.place);
    assert.deepEqual([first.text(), bytes, fetchedBytes], ["one\ntwo\n", 8, 4]);
    assert.equal((await store.bring(key, first.place)).fetchedBytes, 0);
    await first.turn("three\n");
    await store.bring(key, second.place);
    assert.equal(second.text(), "one\ntwo\nthree\n");
    assert.deepEqual(await store.growth(key, second.place), []);
    assert.deepEqual(
      await store.bring({ ...key, sessionId: "s2" }, machine().place).then(({ bytes }) => bytes),
      0,
    );
  });

  test("what an attempt has left that was not recorded is cut off", async (store, machine) => {
    const [first, second] = [machine(), machine()];
    await first.turn("one\n");
    appendFileSync(first.place.transcript, "half of a turn that was pass");
    await second.turn("two\n");
    await store.bring(key, first.place);
    assert.equal(first.text(), "one\ntwo\n");
    const fresh = { ...key, sessionId: "never recorded" };
    writeFileSync(first.place.transcript, "the first turn of a conversation that nobody has recorded");
    await store.bring(fresh, first.place);
    assert.equal(existsSync(first.place.transcript), false);
  });

  test("other files of the same conversation are removed", async (store, machine) => {
    const [first, second] = [machine(), machine()];
    await first.turn("one\n");
    const other = join(dirname(second.place.transcript), "older.jsonl");
    mkdirSync(dirname(other), { recursive: true });
    writeFileSync(other, "an older copy");
    await store.bring(key, { ...second.place, others: () => [other, second.place.transcript] });
    assert.equal(existsSync(other), false);
    assert.equal(second.text(), "one\n");
  });

  test("a file that was rewritten is what it became, longer or shorter", async (store, machine) => {
    const [first, second] = [machine(), machine()];
    await first.turn("one\ntwo\nthree\n");
    await store.bring(key, second.place);
    for (const rewritten of ["ONE\ntwo\nthree\nfour\n", "on", "", "again\n"]) {
      writeFileSync(first.place.transcript, rewritten);
      await store.append(key, await store.growth(key, first.place));
      await store.bring(key, second.place);
      assert.equal(second.text(), rewritten);
    }
    await second.turn("and on\n");
    await store.bring(key, first.place);
    assert.equal(first.text(), "again\nand on\n");
  });

  test("side files come along, go when they are deleted, and lead nowhere else", async (store, machine, t) => {
    const [first, second] = [machine(), machine()];
    const write = ({ place }: Machine, file: string, text: string) => {
      mkdirSync(dirname(join(place.sideFolder, file)), { recursive: true });
      writeFileSync(join(place.sideFolder, file), text);
    };
    await first.turn("one\n", () => {
      write(first, "a/b.json", "one");
      write(first, "empty", "");
    });
    write(second, "left by an attempt", "x");
    await store.bring(key, second.place);
    assert.deepEqual(readdirSync(second.place.sideFolder).toSorted(), ["a", "empty"]);
    assert.equal(readFileSync(join(second.place.sideFolder, "a/b.json"), "utf8"), "one");
    await second.turn("two\n", () => {
      rmSync(join(second.place.sideFolder, "empty"));
      write(second, "a/b.json", "two");
    });
    await store.bring(key, first.place);
    assert.deepEqual(readdirSync(first.place.sideFolder), ["a"]);
    assert.equal(readFileSync(join(first.place.sideFolder, "a/b.json"), "utf8"), "two");

    const outside = tempFolder(t);
    const bad = ["../up", "/etc/x", "a/../../up", "..", "", "./x", "a//b"];
    await store.append(
      key,
      bad.map((file): Piece => ({ ...pieceOf("hostile"), path: `side/${file}` })),
    );
    await store.append(key, [{ ...pieceOf("hostile"), path: "neither" }]);
    const third = machine();
    await store.bring(key, third.place);
    assert.deepEqual(readdirSync(dirname(third.place.sideFolder)).toSorted(), ["s1", "s1.jsonl"]);
    assert.deepEqual(readdirSync(third.place.sideFolder), ["a"]);

    await store.append(key, [{ ...pieceOf("hostile"), path: "side/link/x" }]);
    const fourth = machine();
    mkdirSync(fourth.place.sideFolder, { recursive: true });
    symlinkSync(outside, join(fourth.place.sideFolder, "link"));
    await assert.rejects(store.bring(key, fourth.place), { code: "state_unwritable" });
    assert.deepEqual(readdirSync(outside), []);
  });

  test("what would go in the place of something else is refused", async (store, machine) => {
    const [first, second] = [machine(), machine()];
    await first.turn("one\n");
    await store.bring(key, second.place);
    appendFileSync(second.place.transcript, "late\n");
    const late = await store.growth(key, second.place);
    await first.turn("two\n");
    await assert.rejects(store.append(key, late), { code: "conversation_changed" });
    await store.bring(key, second.place);
    assert.equal(second.text(), "one\ntwo\n");
    rmSync(first.place.transcript);
    await assert.rejects(store.growth(key, first.place), { code: "conversation_changed" });
  });

  test("50 MB, and then a little more", async (store, machine) => {
    const [first, second] = [machine(), machine()];
    const bytes = randomBytes(50 * 1024 * 1024);
    mkdirSync(dirname(first.place.transcript), { recursive: true });
    writeFileSync(first.place.transcript, bytes);
    await first.turn("");
    assert.equal((await store.bring(key, second.place)).fetchedBytes, bytes.length);
    assert.ok(readFileSync(second.place.transcript).equals(bytes));
    await first.turn("more\n");
    assert.equal((await store.bring(key, second.place)).fetchedBytes, 5);
    truncateSync(second.place.transcript, 40 * 1024 * 1024 + 7);
    const { fetchedBytes } = await store.bring(key, second.place);
    assert.equal(fetchedBytes, 10 * 1024 * 1024 + 5);
    assert.ok(readFileSync(second.place.transcript).subarray(0, -5).equals(bytes));
  });

  test("what is purged is gone", async (store, machine) => {
    const [first, second] = [machine(), machine()];
    await first.turn("one\n");
    await store.purge(key);
    await store.bring(key, second.place);
    assert.equal(existsSync(second.place.transcript), false);
  });
}

function pieceOf(text: string): Omit<Piece, "path"> {
  const data = Buffer.from(text);
  return { generation: 1, at: 0, bytes: data.length, data, uptoSha: Buffer.alloc(32) };
}

function newMachine(store: TranscriptStore, folder: string): Machine {
  const place = {
    transcript: join(folder, "projects", "s1.jsonl"),
    sideFolder: join(folder, "projects", "s1"),
  };
  return {
    place,
    turn: async (added, work) => {
      if (added !== "") {
        await store.bring(key, place).catch(() => undefined);
        mkdirSync(dirname(place.transcript), { recursive: true });
        appendFileSync(place.transcript, added);
      }
      work?.();
      const pieces = await store.growth(key, place);
      assert.ok(pieces.some(({ path }) => path === TRANSCRIPT));
      await store.append(key, pieces);
    },
    text: () => readFileSync(place.transcript, "utf8"),
  };
}
