import { MemoryStore } from "../../src/stores/memory.ts";
import { testStore } from "./store.contract.ts";

testStore("memory", () => new MemoryStore());
