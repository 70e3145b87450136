import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/until.ts";

type Line = Record<string, unknown>;
const linesIn = (path: string): Line[] =>
  gunzipSync(readFileSync(path))
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

test("an export is one private file that people can read, without what only holds here", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "review", "--access", "edit", "--agent-arg", "--flag", "-m", "opus", "hello"]);
  const path = join(cli.sandbox.folder, "out.jsonl.gz");
  const { code, json, stdout } = await cli.here(["export", "review", path, "--json"]);
  assert.equal(code, 0, stdout);
  assert.deepEqual(
    { turns: json.turns, leftOut: json.left_out, model: json.model, path: json.path, bytes: json.bytes },
    {
      turns: 1,
      leftOut: ["access", "agentCommand", "agentArgs"],
      model: "opus",
      path,
      bytes: statSync(path).size,
    },
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const lines = linesIn(path);
  assert.deepEqual(
    lines.map(({ type }) => type),
    ["agent_sessions.travel", "conversation", "turn", "file", "data", "sum", "end"],
  );
  const transcript = (await cli.here(["show", "review", "--json"])).json.transcript as string;
  assert.equal(lines[4]?.text, readFileSync(transcript, "utf8"));
  // What belongs to this machine: where the folder and the programs are, and what may be done in it.
  const header = JSON.stringify(lines.slice(0, 4));
  for (const secret of [cli.sandbox.home, cli.sandbox.workspace, "fake-agent", "--flag", '"edit"'])
    assert.ok(!header.replaceAll('"access":"edit"', "").includes(secret), secret);
  assert.ok(!("access" in (lines[0] ?? {})));

  const full = join(cli.sandbox.folder, "full.jsonl.gz");
  await cli.here(["export", "review", full, "--with-settings"]);
  const { access, agentCommand, agentArgs } = linesIn(full)[0] ?? {};
  assert.deepEqual([access, agentArgs], ["edit", ["--flag"]]);
  assert.match(String(agentCommand), /fake-agent/);
});

test("an export replaces nothing that is there, unless it is asked to, and leaves nothing beside it", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "review", "hello"]);
  const folder = join(cli.sandbox.folder, "out");
  mkdirSync(folder);
  const path = join(folder, "x.gz");
  writeFileSync(path, "precious");
  const refused = await cli.here(["export", "review", path, "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "usage"]);
  assert.match(refused.json.error?.message ?? "", /exists already/);
  assert.equal(readFileSync(path, "utf8"), "precious");
  symlinkSync(path, join(folder, "link"));
  assert.equal((await cli.here(["export", "review", join(folder, "link"), "--json"])).code, 2);
  for (const page of ["--md", "--html"])
    assert.equal((await cli.here(["export", "review", page, path, "--json"])).code, 2);
  assert.equal((await cli.here(["export", "review", path, "--replace"])).code, 0);
  assert.equal(linesIn(path)[0]?.type, "agent_sessions.travel");
  const lost = await cli.here(["export", "review", join(folder, "no/such/x.gz"), "--json"]);
  assert.deepEqual([lost.code, lost.json.error?.code], [8, "state_unwritable"]);
  assert.deepEqual(readdirSync(folder).toSorted(), ["link", "x.gz"]);
});

test("a conversation in which a turn runs is not exported", async (t) => {
  const cli = openFakeCli(t);
  const go = join(cli.sandbox.folder, "go");
  await cli.run(["create", "review", "hello"]);
  await cli.run(["send", "review", "--detach", cli.say({ waitForFile: go }, "work")]);
  const path = join(cli.sandbox.folder, "x.gz");
  const isBusy = async () => (await cli.here(["status", "--json"])).stdout.includes("running") || undefined;
  await until(isBusy, { what: "the turn to run" });
  const busy = await cli.here(["export", "review", path, "--json"]);
  assert.deepEqual([busy.code, busy.json.error?.code], [5, "busy"], busy.stdout);
  writeFileSync(go, "");
  await cli.run(["wait", "review"]);
  assert.equal((await cli.here(["export", "review", path, "--json"])).code, 0);
});

const HOSTILE = [
  '<script>alert(1)</script> <img src=x onerror="alert(1)">',
  "![x](https://example.invalid/track.png) [click](javascript:alert(1)) <https://example.invalid/a>",
  "\u001b[2J\u202eevil",
  "```html\n<script>alert(2)</script>\n```",
  "a | b\n--|--\n<iframe src=//example.invalid> | `</code><script>`",
  "&lt;b&gt; \"quoted\" 'too'",
].join("\n\n");

test("a page for people runs nothing and loads nothing, whatever the agent has said", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "review", cli.say({ text: HOSTILE }, "</pre><script>alert(3)</script>")]);
  const html = (await cli.here(["export", "review", "--html"])).stdout;
  const tags = new Set(Array.from(html.matchAll(/<\/?([a-z][a-z0-9]*)/gi), ([, tag]) => tag?.toLowerCase()));
  for (const tag of ["script", "img", "iframe", "a", "link", "object", "svg", "form", "base"])
    assert.ok(!tags.has(tag), `<${tag}> in ${html}`);
  // The only attributes are ours.
  assert.deepEqual(
    [...new Set(Array.from(html.matchAll(/<[a-z][a-z0-9]*\s+([a-z-]+)=/gi), ([, name]) => name))].toSorted(),
    ["charset", "class", "http-equiv", "lang", "name"],
  );
  assert.match(html, /default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'/);
  assert.ok(!html.includes("\u001b") && !html.includes("\u202e"));
  assert.match(html, /&#60;script&#62;alert\(2\)&#60;\/script&#62;/);

  const md = (await cli.here(["export", "review", "--md"])).stdout;
  const outside = md.replace(/^(`{3,})[\s\S]*?^\1$/gm, "");
  assert.doesNotMatch(outside, /<|!\[/);
  assert.match(md, /^```html\n<script>alert\(2\)<\/script>\n```$/m);
});

const TOKEN = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8".slice(0, 36)}`;

test("what looks like a secret is taken out of a page, and said; unless it is asked for", async (t) => {
  const cli = openFakeCli(t);
  const own = "correct-horse-battery";
  const said = `my token is ${TOKEN}, and postgres://bob:hunter2secret@db.example.com/x, and ${own}`;
  await cli.run(["create", "review", cli.say({ text: said }, `use ${TOKEN}`)]);
  const env = { DEPLOY_TOKEN: own };
  for (const page of ["--md", "--html"]) {
    const { stdout, stderr } = await cli.here(["export", "review", page], { env });
    for (const secret of [TOKEN, "hunter2secret", own])
      assert.ok(!stdout.includes(secret), `${page}: ${secret}`);
    assert.match(stdout, /\[redacted: github\]/);
    assert.match(stderr, /secrets were taken out/);
    const whole = (await cli.here(["export", "review", page, "--with-secrets"], { env })).stdout;
    for (const secret of [TOKEN, "hunter2secret", own]) assert.ok(whole.includes(secret), secret);
  }
  const path = join(cli.sandbox.folder, "page.html");
  const { json } = await cli.here(["export", "review", "--html", path, "--json"], { env });
  assert.deepEqual([json.format, json.path, Number(json.redacted) >= 4], ["html", path, true]);
});
