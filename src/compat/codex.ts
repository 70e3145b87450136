import { main } from "./main.ts";

main("codex");
