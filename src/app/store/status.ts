import type { StoreStatus } from "../../stores/postgres/status.ts";
import { postgres, type StoreEnvironment, withStore } from "./with-store.ts";

/** What is in the store, and how this program uses it. */
export interface StoreReport extends StoreStatus {
  /** The store, without its password. */
  store: string;
  /** Whether this program seals what it writes. */
  isSealed: boolean;
}

/** Returns what is in the store. @throws AppError */
export async function reportStore(env: StoreEnvironment): Promise<StoreReport> {
  const { requireSchema, Seal, storeStatus } = await postgres();
  return withStore(env, async (connection, address) => {
    const { isOn } = Seal.of(address);
    await requireSchema(connection);
    return { store: address.shown, isSealed: isOn, ...(await storeStatus(connection)) };
  });
}
