import { openShared } from "../../src/stores/postgres/open.ts";
import { parseStoreUrl } from "../../src/stores/store-address.ts";
import { FILLED_AGENT } from "../../test/support/postgres/many-rows.ts";
import { answerAtOnce } from "./orders.ts";

/** A worker whose agent answers at once: drain-worker.mjs URL NAME WORKSPACE. It ends with its standard input. */
const [url = "", name = "", workspace = ""] = process.argv.slice(2);
const stop = new AbortController();
process.stdin.resume().once("end", () => stop.abort());
const shared = await openShared(parseStoreUrl(url, "the bench"), {
  self: null,
  now: () => new Date(),
  worker: name,
});
await shared.line.work(
  { agents: [FILLED_AGENT], workspaces: [workspace], places: 4 },
  answerAtOnce,
  stop.signal,
);
await shared.close();
