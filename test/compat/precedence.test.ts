import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { openScript } from "../support/cli/script-cli.ts";

const fake = (name: string, id: string, ...more: string[]) => [
  "create-session",
  "--session-name",
  name,
  "--fake-session-id",
  id,
  ...more,
];

test("an id wins over a name, but for deleting the name wins", async (t) => {
  const script = openScript(t, "claude");
  await script.run(fake("a", "1"));
  await script.run(fake("b", "2"));
  const resolved = await script.run([
    "resolve",
    "--session-name",
    "a",
    "--session-id",
    " 2 ",
    "--print-session-id",
  ]);
  assert.equal(resolved.stdout, "2\n");
  const deleted = JSON.parse(
    (await script.run(["delete-session", "--session-name", "a", "--session-id", "2"])).stdout,
  );
  assert.deepEqual(
    [deleted.removed_aliases, deleted.requested_session_name, deleted.requested_session_id],
    [["a"], "a", "2"],
  );
  const missing = JSON.parse(
    (await script.run(["delete-session", "--session-name", "nope", "--session-id", "2"])).stdout,
  );
  assert.equal(missing.removed_count, 0);
});

test("a fake id is kept as it came, and an empty one is none", async (t) => {
  const script = openScript(t, "claude");
  assert.equal((await script.run(fake("a", " raw "))).stdout, " raw \n");
  const real = await script.run([
    "create-session",
    "--session-name",
    "b",
    "--fake-session-id",
    "",
    "--init-prompt",
    script.say({}, "hi"),
  ]);
  assert.match(real.stdout, /^[0-9a-f-]{36}\n$/);
  assert.equal(script.records().length, 1);
});

test("create replaces an entry whole: what was remembered before is gone", async (t) => {
  const script = openScript(t, "claude");
  await script.run(fake("a", "1", "--model", "m", "--effort", "high"));
  await script.run(fake("a", "2"));
  const { aliases } = JSON.parse((await script.run(["list-sessions"])).stdout);
  assert.deepEqual(Object.keys(aliases.a), ["session_id", "created_at"]);
});

test("a resume without model and effort leaves the mapping file as it is", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "a"]);
  const before = readFileSync(script.mappingFile, "utf8");
  await script.run(["resume-json", "--session-name", "a", "--prompt", "hi"]);
  assert.equal(readFileSync(script.mappingFile, "utf8"), before);
  await script.run(["resume-json", "--session-name", "a", "--prompt", "hi", "--model", "m"]);
  const entry = JSON.parse(readFileSync(script.mappingFile, "utf8")).aliases.a;
  assert.deepEqual([entry.last_model, entry.created_at], ["m", JSON.parse(before).aliases.a.created_at]);
});

test("a corrupt mapping file: names are kept, the file is set aside and said to be made anew", async (t) => {
  const script = openScript(t, "claude");
  await script.run(fake("a", "1"));
  writeFileSync(script.mappingFile, "{");
  const result = await script.run(["delete-session", "--session-name", "nope", "--print-mapping-json"]);
  const told = JSON.parse(result.stdout);
  assert.deepEqual(
    [told.mapping_recreated_from_invalid_json, told.mapping_file_written, told.mapping_file_existed],
    [true, true, true],
  );
  assert.equal(told.stored_workspace_dir, script.sandbox.workspace);
  assert.match(result.stderr, /^\[WARN\] .*corrupt/);
  assert.deepEqual(Object.keys(told.mapping.aliases), ["a"]);
  assert.equal(readdirSync(dirname(script.mappingFile)).filter((name) => name.includes(".bad.")).length, 1);
});

test("names of another workspace, shown as typed", async (t) => {
  const script = openScript(t, "claude");
  await script.run(fake("a", "1"));
  const elsewhere = script.sandbox.addWorkspace("elsewhere");
  const listed = JSON.parse(
    (await script.run(["list-sessions", "--workspace-dir", "../workspace/."], { cwd: elsewhere })).stdout,
  );
  assert.deepEqual(
    [listed.workspace_dir, listed.mapping_file, listed.alias_count],
    ["../workspace/.", script.mappingFile, 1],
  );
  const none = JSON.parse((await script.run(["list-sessions", "--workspace-dir", "~"])).stdout);
  assert.deepEqual([none.workspace_dir, none.alias_count], ["~", 0]);
});

test("the order of the checks: name, env file, command, values, role; resume resolves before its role", async (t) => {
  const claude = openScript(t, "claude");
  const wrong = [
    "--env-file",
    "/no",
    "--claude-cmd",
    "a 'b",
    "--model",
    " ",
    "--role-definition-md",
    "no.md",
  ];
  const lastOf = async (script: typeof claude, args: string[]) => (await script.run(args)).stderr.trim();
  assert.match(await lastOf(claude, ["create-session", ...wrong]), /Missing session name/);
  assert.match(
    await lastOf(claude, ["create-session", "--session-name", "x", ...wrong]),
    /Env file not found/,
  );
  assert.match(
    await lastOf(claude, ["create-session", "--session-name", "x", ...wrong.slice(2)]),
    /No closing quotation/,
  );
  assert.match(
    await lastOf(claude, ["create-session", "--session-name", "x", ...wrong.slice(4)]),
    /--model cannot be empty/,
  );
  assert.match(
    await lastOf(claude, ["create-session", "--session-name", "x", ...wrong.slice(6)]),
    /Role definition file not found/,
  );
  const codex = openScript(t, "codex");
  const resume = ["resume-json", "--session-name", "nope", "--prompt", "x", "--role-definition-md", "no.md"];
  assert.match(await lastOf(codex, resume), /^KeyError/);
  assert.match(await lastOf(codex, [...resume, "--codex-shell-cmd", "a 'b"]), /No closing quotation/);
});

test("a role must be a .md file, whatever its case", async (t) => {
  const script = openScript(t, "codex");
  mkdirSync(join(script.sandbox.workspace, "roles"));
  writeFileSync(join(script.sandbox.workspace, "roles/r.txt"), "x");
  const refused = await script.run([
    "create-session",
    "--session-name",
    "x",
    "--role-definition-md",
    "roles/r.txt",
  ]);
  assert.equal(refused.stderr, "ValueError: --role-definition-md must point to a .md file.\n");
});
