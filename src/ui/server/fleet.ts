import type { Route } from "./route.ts";

/** What a store that machines share has: its line, its workers, what runs where; `store` is null where none is set. */
export const fleet: Route = {
  path: "fleet",
  method: "GET",
  fields: [],
  answer: async ({ run, hasStore }) =>
    hasStore ? run({ argv: ["store", "status"] }) : { json: { store: null } },
};
