import type { OpenShared } from "../shared-line.ts";

/** Opens a store that machines share: only then what connects with it is loaded. */
export const openShared: OpenShared = async (address, options) => {
  const shared = await import("../../stores/postgres/index.ts");
  return shared.openShared(address, options);
};
