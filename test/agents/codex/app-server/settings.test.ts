import assert from "node:assert/strict";
import test from "node:test";
import {
  askedOf,
  type Config,
  isAsAsked,
  type Place,
} from "../../../../src/agents/codex/app-server/settings.ts";

const settings = { threadId: "x", needsRepository: true };
const place: Place = { folder: "/srv/a", repository: "plain" };
const provider = "openai";

test("what was asked for comes first, then the settings, and access is read-only by default", () => {
  const config = {
    model: "m",
    model_provider: "mine",
    model_reasoning_effort: "low",
    sandbox_mode: "workspace-write",
  } as const;
  const asked = { ...settings, model: "n", effort: "high", sandbox: "read-only" } as const;
  const plain = { model: "d", provider, effort: undefined, sandbox: "read-only" };
  assert.deepEqual(askedOf(settings, {}, place, "d"), plain);
  assert.equal(askedOf(settings, {}, place, undefined), undefined, "no model is known");
  const wide = { model: "m", provider: "mine", effort: "low", sandbox: "workspace-write" };
  assert.deepEqual(askedOf(settings, config, place, "d"), wide);
  const narrow = { model: "n", provider: "mine", effort: "high", sandbox: "read-only" };
  assert.deepEqual(askedOf(asked, config, place, "d"), narrow);
});

test("nothing is asked where codex exec would refuse, or where its access can't be told", () => {
  const trusted = (project: string): Config => ({ projects: { [project]: { trust_level: "trusted" } } });
  const withAccess = { ...settings, sandbox: "workspace-write" } as const;
  const cases: [Config, Place, boolean, boolean][] = [
    [{}, { ...place, repository: "none" }, false, false],
    [{}, { ...place, repository: "linked" }, false, true],
    [trusted("/srv/a"), place, false, true],
    [trusted("/srv/"), place, false, true],
    [trusted("/srv/ab"), place, true, true],
    [{ default_permissions: "mine" }, place, false, false],
    [{ permissions: {} }, place, false, false],
  ];
  for (const [config, where, byDefault, given] of cases)
    assert.deepEqual(
      [settings, withAccess].map((one) => askedOf(one, config, where, "d") !== undefined),
      [byDefault, given],
      JSON.stringify([config, where]),
    );
});

test("a thread that would do more than it was asked is not used", () => {
  const config: Config = { sandbox_workspace_write: { writable_roots: ["/own"], network_access: true } };
  const asked = { model: "m", provider, effort: undefined, sandbox: "workspace-write" } as const;
  const sandbox = { type: "workspaceWrite", writableRoots: ["/own"], networkAccess: true };
  const resumed = {
    ...{ model: "m", modelProvider: provider, approvalPolicy: "never", sandbox },
    runtimeWorkspaceRoots: ["/srv/a", "/own"],
  };
  const isUsed = (change: object, by: Config = config) =>
    isAsAsked({ ...resumed, ...change }, asked, by, "/srv/a");
  assert.equal(isUsed({}), true);
  assert.equal(isUsed({ sandbox: { type: "workspaceWrite" } }, {}), false, "a root of others");
  assert.equal(isUsed({ sandbox: { type: "workspaceWrite" }, runtimeWorkspaceRoots: ["/srv/a"] }, {}), true);
  for (const change of [
    { model: "n" },
    { modelProvider: "other" },
    { approvalPolicy: "on-request" },
    { runtimeWorkspaceRoots: ["/srv/a", "/others"] },
    { sandbox: { ...sandbox, writableRoots: ["/own", "/others"] } },
    { sandbox: { type: "dangerFullAccess" } },
    { sandbox: "workspaceWrite" },
  ])
    assert.equal(isUsed(change), false, JSON.stringify(change));
  assert.equal(isUsed({}, { sandbox_workspace_write: { writable_roots: ["/own"] } }), false, "the network");
  const readOnly = { ...asked, sandbox: "read-only" } as const;
  const strange = { ...resumed, sandbox: { type: "readOnly", writableRoots: ["/own"] } };
  assert.equal(
    isAsAsked(strange, readOnly, config, "/srv/a"),
    false,
    "a root to write in, for one that may only read",
  );
});
