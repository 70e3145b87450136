/**
 * What an agent may do in a turn.
 *
 * - `read-only`: only read; the agent never writes or runs anything just because the model decides so
 * - `edit`: also change files of the workspace, and run what the agent allows to run there
 * - `full`: everything this user may do
 */
export const ACCESSES = ["read-only", "edit", "full"] as const;

export type Access = (typeof ACCESSES)[number];
