/**
 * What an agent may do in a turn.
 *
 * - `read-only`: look at things; nothing that writes or runs is left to the model's judgement
 * - `edit`: change files of the workspace as well, and run what the agent lets it run there
 * - `full`: everything this user may do
 */
export const ACCESSES = ["read-only", "edit", "full"] as const;

export type Access = (typeof ACCESSES)[number];
