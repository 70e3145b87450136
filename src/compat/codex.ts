import { codex } from "../agents/codex/codex.ts";
import { draftForCodex } from "./draft-codex.ts";
import { main } from "./main.ts";

main("codex", codex, draftForCodex);
