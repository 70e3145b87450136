import { MemoryPieces } from "../../src/stores/memory-pieces.ts";
import { Transcripts } from "../../src/stores/transcripts.ts";
import { testTranscripts } from "../support/stores/transcripts.contract.ts";

testTranscripts("memory", async () => new Transcripts(new MemoryPieces()));
