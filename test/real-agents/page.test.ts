import assert from "node:assert/strict";
import test from "node:test";
import { findChromium, launch } from "../support/browser.ts";
import { openRealCli } from "../support/cli/real-cli.ts";
import { startPage } from "../support/page/page-server.ts";

const found = findChromium();

test("a turn of claude that is asked at the page is seen while it is written, and its tools", {
  skip: "missing" in found ? found.missing : false,
}, async (t) => {
  const cli = await openRealCli(t);
  await cli.run(["create", "x", "Hello."]);
  const page = await startPage({ env: cli.env, cwd: cli.workspace });
  t.after(() => page.running.kill("SIGINT"));
  const browser = await launch("missing" in found ? "" : found.path);
  t.after(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(page.address);
  await tab.locator(".item", { hasText: "x" }).first().click();
  const text = Array.from({ length: 200 }, (_, at) => `word${at}`).join(" ");
  cli.model.when("Tell me all.", {
    toolCalls: [{ name: "Bash", args: { command: "echo from the tool", description: "Say it" } }],
    next: { slowMs: 3000, text },
  });
  await tab.getByLabel("Ask x").fill("Tell me all.");
  await tab.getByRole("button", { name: "Send" }).click();
  await tab.locator(".tools", { hasText: "echo from the tool" }).waitFor();
  // A part of the answer, in words that are not laid out yet.
  await tab.locator(".answer.raw", { hasText: "word5" }).waitFor();
  await tab.locator("article.turn", { hasText: "word199" }).waitFor();
  assert.equal(await tab.locator("article.turn").count(), 2);
  assert.equal(await tab.locator(".answer.raw").count(), 0);
  const { json } = await cli.run(["show", "x", "--json"]);
  assert.equal(json.turns, 2);
});
