import { MemoryStore } from "../../../src/stores/memory.ts";
import { MemoryLine } from "../../../src/stores/memory-line.ts";
import { MemoryPieces } from "../../../src/stores/memory-pieces.ts";
import { MemoryTurns } from "../../../src/stores/memory-turns.ts";
import { Transcripts } from "../../../src/stores/transcripts.ts";
import { testRunner } from "../../support/runner.contract.ts";
import { openSharedPlace } from "../../support/shared-runner-place.ts";

const notInMemory = async () => {
  throw new Error("Nothing is deleted from a store in memory.");
};

testRunner("on a line in memory", async (t) => {
  const store = new MemoryStore();
  const pieces = new MemoryPieces();
  const turns = new MemoryTurns(store, pieces);
  const transcripts = new Transcripts(pieces);
  return openSharedPlace(t, "postgres://nobody@localhost/nowhere", async () => ({
    store,
    line: new MemoryLine(turns),
    transcripts,
    purge: notInMemory,
    collect: notInMemory,
    close: async () => undefined,
  }));
});
