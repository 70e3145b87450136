import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openContext, openWorker } from "../../src/app/compose/open-context.ts";
import type { OpenShared, Shared } from "../../src/app/shared-line.ts";
import type { Surroundings } from "../../src/app/surroundings.ts";
import { work } from "../../src/app/worker/work.ts";
import type { RunnerPlace } from "./runner.contract.ts";
import { openSandbox } from "./sandbox.ts";

/** Two who ask by a line that machines share, each with an end of his own, and a worker on another. */
export function openSharedPlace(t: TestContext, storeUrl: string, open: OpenShared): RunnerPlace {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  const { folder, workspace, env, home } = sandbox;
  writeFileSync(
    join(workspace, ".git/config"),
    '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://git.example/acme/shop.git\n',
  );
  const opened: Promise<Shared>[] = [];
  const openShared: OpenShared = (address, options) => {
    const shared = open(address, options);
    opened.push(shared);
    return shared;
  };
  const around: Surroundings = {
    env: { ...env, AGENT_SESSIONS_STORE: storeUrl },
    cwd: workspace,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: home,
    openShared,
    notify: () => undefined,
  };
  const one = openContext(around);
  const stop = new AbortController();
  const own = join(folder, "worker");
  mkdirSync(own);
  const working = (async () => {
    const address = { host: "unused", port: 0, database: "unused", shown: "unused" };
    // No worker is lost here: a machine may be busy with the disk for ten seconds.
    const shared = await openShared(address, {
      self: one.self(),
      now: one.now,
      worker: "worker",
      leaseS: 60,
    });
    await work(
      { ...shared, name: "worker", open: (storeOf) => openWorker(around, own, storeOf) },
      {
        agents: ["claude"],
        workspaces: new Map([["git:git.example/acme/shop", workspace]]),
        places: 4,
        onLost: "fail",
        allowsAgentArgs: true,
        stop: stop.signal,
        hurry: stop.signal,
      },
    );
  })();
  t.after(async () => {
    stop.abort();
    await working;
    for (const shared of opened) await (await shared).close();
    sandbox.remove();
  });
  return { one, another: openContext(around), workspace, folder };
}
