import { MemoryStore } from "../../src/stores/memory.ts";
import { testSearch } from "../support/stores/search.contract.ts";
import { type StoreInTest, testStore } from "../support/stores/store.contract.ts";

function open(): StoreInTest {
  const store = new MemoryStore();
  return { store, another: () => store };
}

testStore("memory", open);
testSearch("memory", open);
