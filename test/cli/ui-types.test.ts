import assert from "node:assert/strict";
import test from "node:test";
import { typeProblems } from "../support/page/answer-types.ts";
import { startPage } from "../support/page/page-server.ts";
import { openScene, play } from "../support/page/scene.ts";

test("what the server answers has the types that the page takes it for", async (t) => {
  const scene = openScene();
  t.after(() => scene.sandbox.remove());
  await play(scene);
  const { env, workspace } = scene;
  const page = await startPage({ env, cwd: workspace });
  t.after(() => page.running.kill("SIGINT"));
  const ask = async (path: string, params: Record<string, string> = {}) => {
    const { status, json, text } = await page.asPage(`/api/${path}?${new URLSearchParams(params)}`);
    assert.equal(status, 200, text);
    return json;
  };
  const which = { name: "review-billing", agent: "claude", workspace };
  const answers = {
    Overview: await ask("overview"),
    Conversation: await ask("conversation", which),
    GateShown: await ask("gate", { id: "currency/plan", workspace }),
    Costs: await ask("costs", { by: "name" }),
    Found: await ask("search", { words: "rounding" }),
    "Relative[]": (await ask("family")).names,
  };
  const { names, turns, gates } = answers.Overview as Record<string, unknown[]>;
  for (const list of [names, turns, gates, answers.Found.hits as unknown[]])
    assert.notDeepEqual(list, [], "there is something to compare");
  assert.deepEqual(await typeProblems(t, answers), []);
  const without = { ...answers.Overview, names: [{ ...(names?.[0] as object), state: "asleep" }] };
  assert.equal((await typeProblems(t, { Overview: without })).length, 1, "the compiler sees what is wrong");
});
