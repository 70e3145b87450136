import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { run } from "../support/run.ts";
import {
  CONVERSATION,
  file,
  HEADER,
  type Line,
  makeFile,
  SESSION_ID,
  TRANSCRIPT,
  TURN,
  textOf,
  WHOLE,
} from "../support/travel/make-file.ts";

const turn = (more: Line): Line => ({ ...TURN, turn: { ...(TURN.turn as Line), ...more } });
const side = (path: string): Line[] => file("words", { what: "side", path });
const withLines = (...lines: Line[]) => [...WHOLE, ...lines];
const flip = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

interface Case {
  what: string;
  /** The lines, which get right sums; or the bytes of the file. */
  has: readonly Line[] | Buffer | ((path: string) => void | Promise<void>);
  code?: string;
  says: RegExp;
  args?: string[];
  before?: (cli: FakeCli) => Promise<void> | void;
}

const PATH = { PATH: process.env.PATH ?? "" };
const packed = gzipSync(textOf(WHOLE));
const projects = ({ sandbox }: FakeCli) => join(sandbox.home, ".claude/projects");

const CASES: Case[] = [
  { what: "a file that is not there", has: () => undefined, code: "state_unreadable", says: /ENOENT/ },
  { what: "an empty file", has: Buffer.alloc(0), says: /its end is missing/ },
  { what: "a file of another kind", has: Buffer.from("hello, world"), says: /not packed with gzip/ },
  {
    what: "a packed file of another kind",
    has: gzipSync("hello\n"),
    says: /not an exported conversation/,
  },
  { what: "a folder", has: (path) => mkdirSync(path), says: /not a regular file/ },
  {
    what: "a pipe",
    has: async (path) => void (await run(["mkfifo", path], { cwd: "/", env: PATH })),
    says: /not a regular file/,
  },
  {
    what: "a link to a good file",
    has: (path) => {
      makeFile(`${path}.real`);
      symlinkSync(`${path}.real`, path);
    },
    code: "state_unreadable",
    says: /ELOOP/,
  },
  {
    what: "a file that was cut off",
    has: packed.subarray(0, packed.length - 20),
    says: /its end is missing/,
  },
  {
    what: "a file whose last lines are missing",
    has: gzipSync(textOf(WHOLE).slice(0, -90)),
    says: /cut off|missing/,
  },
  {
    what: "a bit that has changed",
    has: flip(packed, packed.length >> 1),
    says: /damaged|checksum|not what belongs/,
  },
  {
    what: "a wrong checksum of the whole",
    has: gzipSync(textOf(WHOLE).replace("You said: hello", "You said: hullo")),
    says: /its checksum is wrong/,
  },
  {
    what: "a wrong checksum of a file",
    has: [HEADER, CONVERSATION, ...TRANSCRIPT.slice(0, 2), { type: "sum", sha256: "0".repeat(64) }],
    says: /the checksum of a file in it is wrong/,
  },
  {
    what: "something behind the end",
    has: gzipSync(`${textOf(WHOLE)}{"type":"data"}\n`),
    says: /follows its last line/,
  },
  {
    what: "a newer version",
    has: [{ ...HEADER, v: 2 }],
    code: "state_newer",
    says: /has version 2 of its format/,
  },
  {
    what: "an unknown agent",
    has: [{ ...HEADER, agent: "bing" }, ...WHOLE.slice(1)],
    says: /not known here, "bing"/,
  },
  {
    what: "an agent whose conversations stay",
    has: [{ ...HEADER, agent: "gemini" }, ...WHOLE.slice(1)],
    code: "unsupported",
    says: /Conversations of Gemini can't be taken to another machine: Gemini finds/,
  },
  {
    what: "a kind of line that there is not",
    has: withLines({ type: "link", path: "x", to: "/etc" }),
    says: /not what belongs there/,
  },
  {
    what: "a link among the files",
    has: withLines({ ...side("x")[0], what: "link" }),
    says: /not what belongs there/,
  },
  ...["../x", "a/../../x", "/etc/x", ".hidden", "a//b", "a/./b", "", "a\\b", "a\u0000b"].map((path) => ({
    what: `a file with the path ${JSON.stringify(path)}`,
    has: withLines(...side(path)),
    says: /it has a file with the path|not what belongs there/,
  })),
  {
    what: "two files of one path",
    has: withLines(...side("a/B"), ...side("a/b")),
    says: /two files with the path/,
  },
  {
    what: "a file where a folder is",
    has: withLines(...side("a/b"), ...side("a")),
    says: /two files with the path/,
  },
  {
    what: "a folder where a file is",
    has: withLines(...side("a"), ...side("a/b")),
    says: /two files with the path/,
  },
  {
    what: "an id that is a path",
    has: WHOLE.map((line) => ("sessionId" in line ? { ...line, sessionId: "../../x" } : line)),
    says: /"..\/..\/x" is no id of a conversation of Claude Code/,
  },
  {
    what: "a parent that is a path",
    has: [HEADER, { ...CONVERSATION, parentId: "../x" }, ...TRANSCRIPT],
    says: /is no id/,
  },
  {
    what: "a turn with another id",
    has: [HEADER, CONVERSATION, turn({ turnId: "../x" }), ...TRANSCRIPT],
    says: /not what belongs/,
  },
  { what: "a turn twice", has: [HEADER, CONVERSATION, TURN, TURN, ...TRANSCRIPT], says: /not what belongs/ },
  {
    what: "a turn of no conversation",
    has: [HEADER, TURN, CONVERSATION, ...TRANSCRIPT],
    says: /not what belongs/,
  },
  {
    what: "a turn without an outcome",
    has: [HEADER, CONVERSATION, turn({ outcome: "great" }), ...TRANSCRIPT],
    says: /not what belongs/,
  },
  { what: "a conversation twice", has: withLines(CONVERSATION), says: /twice/ },
  { what: "no transcript", has: [HEADER, CONVERSATION, TURN], says: /has no transcript/ },
  { what: "two transcripts", has: withLines(...TRANSCRIPT), says: /not what belongs/ },
  {
    what: "a file that is longer than it says",
    has: [HEADER, CONVERSATION, { ...TRANSCRIPT[0], bytes: 3 }, ...TRANSCRIPT.slice(1)],
    says: /longer than it says/,
  },
  {
    what: "a file that is larger than allowed",
    has: WHOLE,
    args: ["--max-size", "20B"],
    says: /unpacked it has more than 20 bytes/,
  },
  {
    what: "a small file that unpacks to a huge one",
    has: [HEADER, CONVERSATION, { ...TRANSCRIPT[0], bytes: 9e12 }],
    says: /unpacked it has more than 1000000000 bytes/,
  },
  {
    what: "a huge line",
    has: gzipSync(Buffer.alloc(65 * 1024 * 1024, "x")),
    says: /longer than 67108864 bytes/,
  },
  {
    what: "a role that is too long",
    has: [HEADER, { ...CONVERSATION, roleText: "x".repeat(1_000_001) }, ...TRANSCRIPT],
    says: /role is longer/,
  },
  {
    what: "a name that is none",
    has: [{ ...HEADER, name: "a\u001bb" }, ...WHOLE.slice(1)],
    code: "usage",
    says: /control character/,
  },
  {
    what: "a model without --yes",
    has: [{ ...HEADER, model: "opus" }, ...WHOLE.slice(1)],
    code: "usage",
    says: /brings settings that would hold for its turns: model "opus"/,
  },
  {
    what: "a link where its folder belongs",
    has: WHOLE,
    says: /is not a folder, or is a link/,
    before: (cli) => {
      mkdirSync(projects(cli), { recursive: true });
      mkdirSync(join(cli.sandbox.folder, "outside"));
      symlinkSync(
        join(cli.sandbox.folder, "outside"),
        join(projects(cli), cli.sandbox.workspace.replace(/[^A-Za-z0-9]/g, "-")),
      );
    },
  },
  {
    what: "a link where its transcript belongs",
    has: WHOLE,
    code: "conversation_exists",
    says: /already has the conversation|something already at/,
    before: (cli) => {
      const folder = join(projects(cli), cli.sandbox.workspace.replace(/[^A-Za-z0-9]/g, "-"));
      mkdirSync(folder, { recursive: true });
      symlinkSync("/nowhere", join(folder, `${SESSION_ID}.jsonl`));
    },
  },
  {
    what: "an id that the agent has, in whatever folder",
    has: WHOLE,
    code: "conversation_exists",
    says: /Claude Code already has the conversation 7ceb00a5/,
    before: (cli) => {
      mkdirSync(join(projects(cli), "elsewhere"), { recursive: true });
      writeFileSync(join(projects(cli), "elsewhere", `${SESSION_ID}.jsonl`), "{}\n");
    },
  },
];

/** Everything below a folder, but for the folder of imports, and times. */
function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^(?:agent-sessions-state\/(?:imports|gc)|\.cache)/.test(path))
    .map((path) => {
      const found = lstatSync(join(folder, path));
      return found.isFile() ? `${path} ${readFileSync(join(folder, path), "utf8")}` : path;
    })
    .toSorted();
}

for (const { what, has, code = "file_refused", says, args = [], before } of CASES) {
  test(`refused, with nothing changed: ${what}`, async (t) => {
    const cli = openFakeCli(t);
    // The state home is there.
    await cli.here(["list"]);
    await before?.(cli);
    const path = join(cli.sandbox.folder, "file.gz");
    if (typeof has === "function") await has(path);
    else if (Buffer.isBuffer(has)) writeFileSync(path, has);
    else makeFile(path, has);
    const tree = treeOf(cli.sandbox.home);
    const { code: exit, json, stdout } = await cli.here(["import", path, "--json", ...args]);
    assert.equal(json.error?.code, code, stdout);
    assert.match(json.error?.message ?? "", says);
    assert.ok([2, 8].includes(exit ?? 0), String(exit));
    assert.deepEqual(treeOf(cli.sandbox.home), tree);
    assert.deepEqual(readdirSync(join(cli.sandbox.home, "agent-sessions-state/imports")), []);
  });
}

test("--dry-run shows what is in a file, and changes nothing", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["list"]);
  const path = join(cli.sandbox.folder, "file.gz");
  const header = { ...HEADER, model: "opus", access: "full", agentCommand: "/bin/evil", agentArgs: ["--x"] };
  makeFile(path, [
    header,
    { ...CONVERSATION, roleText: "Be \u001b[31mred." },
    ...WHOLE.slice(2),
    ...side("a/b c.txt"),
  ]);
  const tree = treeOf(cli.sandbox.home);
  const shown = await cli.here(["import", path, "--json", "--dry-run"]);
  const {
    is_imported: isImported,
    model,
    access,
    role,
    left_out: leftOut,
    agent_command: command,
  } = shown.json;
  assert.deepEqual(
    { isImported, model, access, role, leftOut, command },
    {
      isImported: false,
      model: "opus",
      access: "read-only",
      role: "Be \u001b[31mred.",
      leftOut: ["access", "agentCommand", "agentArgs"],
      command: null,
    },
    shown.stdout,
  );
  const words = (await cli.here(["import", path, "--dry-run"])).stdout;
  assert.match(
    words,
    /not taken over: its access, its wrapper and its arguments \(--trust takes them over\)/,
  );
  assert.ok(!words.includes("\u001b"), words);
  assert.deepEqual(treeOf(cli.sandbox.home), tree);
});
