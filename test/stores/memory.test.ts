import { MemoryStore } from "../../src/stores/memory.ts";
import { testStore } from "../support/stores/store.contract.ts";

testStore("memory", () => {
  const store = new MemoryStore();
  return { store, another: () => store };
});
