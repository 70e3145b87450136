import { codex } from "../agents/codex.ts";
import { main } from "./main.ts";

main("codex", codex);
