import { startPostgres } from "../test/support/postgres/server.ts";
import { FleetModel, playFleet } from "./fleet-scene.ts";
import { print, success } from "./narrator.ts";
import { Stage } from "./stage.ts";
import { BrokenPromise } from "./verify.ts";

/** The demo of a store that machines share: a throw-away PostgreSQL, two workers, and one that is killed. */
export async function performFleet(stop: AbortSignal): Promise<void> {
  const startedAtMs = performance.now();
  const postgres = await startPostgres();
  if ("missing" in postgres) throw new BrokenPromise(postgres.missing);
  try {
    const store = postgres.url(await postgres.newDatabase());
    const model = new FleetModel();
    const stage = await Stage.open(stop, { reply: model.reply, env: { AGENT_SESSIONS_STORE: store } });
    try {
      print(`The real Claude Code, and ${postgres.version} in a throw-away folder. Each machine is a\n`);
      print(`folder with a home of its own. Only the model is a stand-in, at ${stage.model.url}.\n`);
      await playFleet(stage, model, store);
    } finally {
      await stage.close();
    }
  } finally {
    await postgres.remove();
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  success(
    `Accepted on one machine, begun on another, answered by a third: one conversation (${seconds} s). Nothing is left behind.`,
  );
}
