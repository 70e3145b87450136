import assert from "node:assert/strict";
import test from "node:test";
import { askedOf, type Config, type Place } from "../../../../src/agents/codex/app-server/settings.ts";

const settings = { threadId: "x", needsRepository: true };
const place: Place = { folder: "/work/a", repository: "plain" };

test("what was asked for comes first, then the settings, and access is read-only by default", () => {
  const config = { model: "m", model_reasoning_effort: "low", sandbox_mode: "workspace-write" } as const;
  const asked = { ...settings, model: "n", effort: "high", sandbox: "read-only" } as const;
  assert.deepEqual(askedOf(settings, {}, place), {
    model: undefined,
    effort: undefined,
    sandbox: "read-only",
  });
  assert.deepEqual(askedOf(settings, config, place), {
    model: "m",
    effort: "low",
    sandbox: "workspace-write",
  });
  assert.deepEqual(askedOf(asked, config, place), { model: "n", effort: "high", sandbox: "read-only" });
});

test("nothing is asked where codex exec would refuse, or where its access can't be told", () => {
  const trusted = (project: string): Config => ({ projects: { [project]: { trust_level: "trusted" } } });
  const withAccess = { ...settings, sandbox: "workspace-write" } as const;
  const cases: [Config, Place, boolean, boolean][] = [
    [{}, { ...place, repository: "none" }, false, false],
    [{}, { ...place, repository: "linked" }, false, true],
    [trusted("/work/a"), place, false, true],
    [trusted("/work/"), place, false, true],
    [trusted("/work/ab"), place, true, true],
    [{ default_permissions: "mine" }, place, false, false],
    [{ permissions: {} }, place, false, false],
  ];
  for (const [config, where, byDefault, given] of cases)
    assert.deepEqual(
      [askedOf(settings, config, where), askedOf(withAccess, config, where)].map(
        (asked) => asked !== undefined,
      ),
      [byDefault, given],
      JSON.stringify([config, where]),
    );
});
