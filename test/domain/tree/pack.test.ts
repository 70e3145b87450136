import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { packTree, type TreeChanges, unpackTree } from "../../../src/domain/tree/pack.ts";
import { treePathProblem } from "../../../src/domain/tree/path.ts";
import { MOST_TREE_BYTES } from "../../../src/domain/tree/tree.ts";

const file = (path: string, text = "", mode: "file" | "program" = "file") => ({
  path,
  mode,
  data: Buffer.from(text),
});
const plain = ({ files, gone }: TreeChanges) => ({
  files: files.map(({ path, mode, data }) => [path, mode, Buffer.from(data).toString("hex")]),
  gone: [...gone],
});
const packed = (head: unknown, rest = "") => Buffer.from(`${JSON.stringify(head)}\n${rest}`);
const refuses = (bytes: Uint8Array, message: RegExp) =>
  assert.throws(() => unpackTree(bytes), { code: "file_refused", message });

test("what is packed is unpacked as it was, whatever bytes it has", () => {
  const paths = fc
    .uniqueArray(fc.stringMatching(/^[a-z .-]{1,8}$/), { maxLength: 8 })
    .map((all) => all.filter((path) => treePathProblem(path) === undefined));
  const property = fc.property(
    paths,
    fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean()), { minLength: 8, maxLength: 8 }),
    fc.nat(8),
    (all, contents, cut) => {
      const changes: TreeChanges = {
        files: all.slice(0, cut).map((path, at) => {
          const [data, isProgram] = contents[at] ?? [new Uint8Array(), false];
          return { path, mode: isProgram ? "program" : "file", data };
        }),
        gone: all.slice(cut),
      };
      assert.deepEqual(plain(unpackTree(packTree(changes))), plain(changes));
    },
  );
  fc.assert(property);
});

test("packed bytes that are cut off anywhere, or have more, are refused", () => {
  const bytes = packTree({ files: [file("a", "one"), file("b/c", "two\n", "program")], gone: ["d"] });
  for (let end = 0; end < bytes.length; end += 1) refuses(bytes.subarray(0, end), /./);
  refuses(Buffer.concat([bytes, Buffer.from("x")]), /has more than its files/);
});

test("a header that is hostile or of another version is refused", () => {
  const entry = (path: unknown, bytes: unknown = 0, mode = "file") => ({ path, mode, bytes });
  const head = (files: unknown[], gone: unknown[] = []) => packed({ version: 1, files, gone });
  refuses(packed({ version: 2, files: [], gone: [] }), /can read/);
  refuses(Buffer.from("no json\n"), /can read/);
  refuses(head([entry("a", 0, "link")]), /can read/);
  for (const bytes of [-1, 0.5, 1e20, 5]) refuses(head([entry("a", bytes)]), /cut off/);
  refuses(head([entry("../a")]), /leads elsewhere/);
  refuses(head([entry("/a")]), /is absolute/);
  refuses(head([], [".git/config"]), /git's own/);
  refuses(head([entry("a"), entry("a")]), /twice/);
  refuses(head([entry("a")], ["a"]), /twice/);
  refuses(head([entry("a/b"), entry("a")]), /as a file and as a folder/);
  refuses(head(Array.from({ length: 10_001 }, (_, at) => entry(`f${at}`))), /10001 changed files/);
});

test("a file may take the place of a folder that is gone", () => {
  const changes = { files: [file("a", "now a file")], gone: ["a/b"] };
  assert.deepEqual(plain(unpackTree(packTree(changes))), plain(changes));
});

test("more than may be carried is refused, and the largest file named", () => {
  const big = { path: "video.bin", mode: "file" as const, data: Buffer.alloc(MOST_TREE_BYTES) };
  refuses(packTree({ files: [file("small", "x"), big], gone: [] }), /The largest file is "video.bin"/);
});
