import assert from "node:assert/strict";
import test from "node:test";
import { lineOf, type Option } from "../../src/mcp/line.ts";

const options: readonly Option[] = [
  { name: "request_id", type: "string", description: "" },
  { name: "turn_id", type: "string", description: "", flag: "--turn" },
  { name: "all", type: "boolean", description: "" },
];

test("arguments become options of the command line, and words that begin with a dash stay words", () => {
  assert.deepEqual(lineOf("send", ["--help", "-"], options, { request_id: "-x", turn_id: "t", all: true }), [
    ...["send", "--request-id=-x", "--turn=t", "--all"],
    ...["--", "--help", "-"],
  ]);
  assert.deepEqual(lineOf("list", [undefined], options, { all: false, name: "x" }), ["list"]);
});
