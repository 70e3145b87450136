import { MemoryStore } from "../../src/stores/memory.ts";
import { testStore } from "../support/stores/store.contract.ts";

testStore("memory", () => new MemoryStore());
