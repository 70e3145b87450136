import { claude } from "../agents/claude.ts";
import { main } from "./main.ts";

main("claude", claude);
