import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { openScript, type Tool } from "../support/cli/script-cli.ts";

const STAMP = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00"/g;

function frozen(text: string): string {
  return text.replace(STAMP, '"<time>"');
}

const TOOLS: { tool: Tool; id: string; fake: string; requested: string; model: string; effort: string }[] = [
  {
    tool: "claude",
    id: "session_id",
    fake: "--fake-session-id",
    requested: "requested_session_id",
    model: '"last_model": "m1", "last_reasoning_effort": null',
    effort: '"last_reasoning_effort": null, ',
  },
  {
    tool: "codex",
    id: "thread_id",
    fake: "--fake-thread-id",
    requested: "requested_thread_id",
    model: '"last_model": "m1"',
    effort: "",
  },
];

for (const { tool, id, fake, requested, model, effort } of TOOLS) {
  test(`${tool}: the output of each sub-command, to the byte`, async (t) => {
    const script = openScript(t, tool);
    const { workspace } = script.sandbox;
    const path = script.mappingFile;
    const expect = async (args: string[], stdout: string) => {
      const result = await script.run(args);
      assert.equal(frozen(result.stdout), stdout, args.join(" "));
      assert.equal(result.stderr, "");
      assert.equal(result.code, 0);
    };

    await expect(
      ["list-sessions"],
      `{"workspace_dir": "${workspace}", "mapping_file": "${path}", "aliases": {}, "alias_count": 0}\n`,
    );
    await expect(["list-sessions", "--print-aliases"], "");
    await expect(["create-session", "--session-name", " rev ", fake, "i1"], "i1\n");
    await expect(
      ["create-session", "--alias", "9", fake, "i1", "--model", " m1 ", "--print-mapping-json"],
      `{"alias": "9", "${id}": "i1", "workspace_dir": "${workspace}", "created_at": "<time>", ${model}, "mapping_file": "${path}", "mapping_file_written": true}\n`,
    );
    const both = (
      await script.run([
        "create-session",
        "--session-alias",
        "проект",
        fake,
        "i2",
        `--print-${id.replace("_", "-")}`,
        "--print-mapping-json",
      ])
    ).stdout;
    assert.deepEqual([both.split("\n")[0], both.split("\n").length], ["i2", 3]);
    await expect(
      ["list-sessions"],
      `{"workspace_dir": "${workspace}", "mapping_file": "${path}", "aliases": {"9": {"${id}": "i1", "created_at": "<time>", "last_model": "m1"}, "rev": {"${id}": "i1", "created_at": "<time>"}, "проект": {"${id}": "i2", "created_at": "<time>"}}, "alias_count": 3, "stored_workspace_dir": "${workspace}"}\n`,
    );
    await expect(["list-sessions", "--print-aliases"], "9\nrev\nпроект\n");
    await expect(
      ["resolve", "--session-name", "9"],
      `{"${id}": "i1", "alias": "9", "mapping_file": "${path}", ${model}, "source": "mapping_file"}\n`,
    );
    await expect(
      ["resolve", "--session-id", "i1"],
      `{"${id}": "i1", "alias": "9", "mapping_file": "${path}", ${model}, "source": "mapping_file_by_${id}"}\n`,
    );
    await expect(
      ["resolve", "--session-id", "zz", "--session-name", "nope"],
      `{"${id}": "zz", "alias": null, "mapping_file": null, "last_model": null, ${effort}"source": "${id}"}\n`,
    );
    await expect(["resolve", "--session-n", "rev", tool === "claude" ? "--print" : "--print-t"], "i1\n");
    await expect(
      ["delete-session", "--session-name", "nope"],
      `{"workspace_dir": "${workspace}", "mapping_file": "${path}", "mapping_file_existed": true, "stored_workspace_dir": "${workspace}", "requested_session_name": "nope", "${requested}": null, "removed_aliases": [], "removed_count": 0, "alias_count_before": 3, "alias_count_after": 3, "mapping_file_written": false, "mapping_recreated_from_invalid_json": false, "mapping": null}\n`,
    );
    await expect(
      ["delete-session", "--session-id", "i1", "--print-mapping-json"],
      `{"workspace_dir": "${workspace}", "mapping_file": "${path}", "mapping_file_existed": true, "stored_workspace_dir": "${workspace}", "requested_session_name": null, "${requested}": "i1", "removed_aliases": ["9", "rev"], "removed_count": 2, "alias_count_before": 3, "alias_count_after": 1, "mapping_file_written": true, "mapping_recreated_from_invalid_json": false, "mapping": {"workspace_dir": "${workspace}", "aliases": {"проект": {"${id}": "i2", "created_at": "<time>"}}}}\n`,
    );
    assert.equal(
      frozen(readFileSync(path, "utf8")),
      `{\n  "aliases": {\n    "проект": {\n      "created_at": "<time>",\n      "${id}": "i2"\n    }\n  },\n  "workspace_dir": "${workspace}"\n}\n`,
    );
    await expect(
      ["delete-all-sessions"],
      `{"workspace_dir": "${workspace}", "mapping_file": "${path}", "mapping_file_existed": true, "mapping_file_deleted": true, "mapping_parent_dir_deleted_if_empty": true}\n`,
    );
    assert.ok(!existsSync(dirname(path)));
    await expect(
      ["delete-all-sessions"],
      `{"workspace_dir": "${workspace}", "mapping_file": "${path}", "mapping_file_existed": false, "mapping_file_deleted": false, "mapping_parent_dir_deleted_if_empty": false}\n`,
    );
    await expect(
      ["delete-session", "--session-name", "x"],
      `{"workspace_dir": "${workspace}", "mapping_file": "${path}", "mapping_file_existed": false, "stored_workspace_dir": "", "requested_session_name": "x", "${requested}": null, "removed_aliases": [], "removed_count": 0, "alias_count_before": 0, "alias_count_after": 0, "mapping_file_written": false, "mapping_recreated_from_invalid_json": false, "mapping": null}\n`,
    );
  });

  test(`${tool}: a name made by either surface is the same name on the other`, async (t) => {
    const script = openScript(t, tool);
    const { run } = await import("../support/run.ts");
    const { CLI } = await import("../support/cli/fake-cli.ts");
    const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
    const ours = (args: string[]) =>
      run([process.execPath, CLI, ...args], { cwd: script.sandbox.workspace, env: script.sandbox.env });
    const created = (
      await script.run(["create-session", "--session-name", "a", "--init-prompt", "one"])
    ).stdout.trim();
    const sent = await ours(["send", "a", "--agent-cmd", FAKE_AGENT, "--json", "two"]);
    assert.equal(JSON.parse(sent.stdout).session_id, created, sent.stdout);
    assert.match(JSON.parse(sent.stdout).text, /prompts: 2/);
    await ours(["create", "b", "-a", tool, "--agent-cmd", FAKE_AGENT, "one"]);
    const resumed = await script.run([
      "resume-json",
      "--session-name",
      "b",
      "--prompt",
      "two",
      "--print-result",
    ]);
    assert.match(resumed.stdout, /You said: two \[prompts: 2\]\n/, resumed.stderr);
    await script.run(["delete-session", "--session-name", "b"]);
    assert.equal((await ours(["show", "b"])).code, 4);
  });

  test(`${tool}: a mapping file given by its path; only such a file is deleted (14)`, async (t) => {
    const script = openScript(t, tool);
    const folder = join(script.sandbox.folder, "shared");
    mkdirSync(folder);
    const path = join(folder, "m.json");
    await script.run(["create-session", "--session-name", "x", fake, "i1", "--mapping-file", path]);
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(path, "utf8")).aliases), ["x"]);
    const elsewhere = script.sandbox.addWorkspace("elsewhere");
    const resolved = await script.run(
      ["resolve", "--session-name", "x", "--mapping-file", "../shared/./m.json"],
      { cwd: elsewhere },
    );
    assert.equal(JSON.parse(resolved.stdout).mapping_file, "../shared/m.json");
    assert.equal(
      JSON.parse((await script.run(["list-sessions"])).stdout).alias_count,
      0,
      "not among the workspace's own",
    );
    const own = await script.run(["list-sessions", "--mapping-file", script.mappingFile]);
    assert.equal(JSON.parse(own.stdout).alias_count, 0);
    writeFileSync(join(folder, "precious.txt"), "not a mapping");
    const refused = await script.run(["delete-all-sessions", "--mapping-file", join(folder, "precious.txt")]);
    assert.equal(refused.code, 1);
    assert.ok(existsSync(join(folder, "precious.txt")));
    rmSync(join(folder, "precious.txt"));
    assert.equal((await script.run(["delete-all-sessions", "--mapping-file", path])).code, 0);
    assert.ok(!existsSync(folder));
  });
}
