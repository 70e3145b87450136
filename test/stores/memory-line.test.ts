import { MemoryStore } from "../../src/stores/memory.ts";
import { MemoryLine } from "../../src/stores/memory-line.ts";
import { MemoryTurns } from "../../src/stores/memory-turns.ts";
import { type Machine, testLine } from "../support/stores/line.contract.ts";

testLine("in memory", async () => {
  const store = new MemoryStore();
  const shared = new MemoryTurns(store);
  const machine = async (worker: string): Promise<Machine> => {
    let isAlive = true;
    const line = new MemoryLine(shared, { worker, leaseMs: 200, isAlive: () => isAlive });
    const hang = () => {
      isAlive = false;
    };
    return {
      line,
      hang,
      wake: () => {
        isAlive = true;
      },
      die: async () => {
        hang();
        line.die();
      },
    };
  };
  return { store, machine };
});
