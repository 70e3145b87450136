import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { PostgresPieces } from "../../../src/stores/postgres/pieces.ts";
import { Seal } from "../../../src/stores/postgres/seal.ts";
import { Transcripts } from "../../../src/stores/transcripts.ts";
import { openDatabase } from "../../support/postgres/open.ts";
import { testTranscripts } from "../../support/stores/transcripts.contract.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const open = async (t: TestContext, seal: Seal) => {
  const database = await openDatabase(t);
  return database && new Transcripts(new PostgresPieces(database.connection, seal));
};

testTranscripts("postgres", (t) => open(t, Seal.none));
testTranscripts("postgres, sealed", (t) => {
  const keyFile = join(tempFolder(t), "key");
  writeFileSync(keyFile, randomBytes(32).toString("base64"), { mode: 0o600 });
  return open(t, Seal.of({ keyFile }));
});
