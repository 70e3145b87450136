import type { NamedConversation } from "./summary.ts";

/** The names of a workspace, or of all workspaces. */
export interface Listing {
  /** In the requested order. */
  names: ListedName[];
  /** The number of names without the limit. */
  total: number;
  /** Names whose conversation has no id yet; `since` is ISO 8601. */
  creating: { name: string; agent: string; since: string; workspace: string }[];
}

/** A name, and whether its conversation is busy. */
export interface ListedName extends NamedConversation {
  workspace: string;
  /** Whether the workspace's folder no longer exists. */
  isGone: boolean;
  /** Since when a turn has been running in the conversation; absent if none runs. ISO 8601. */
  busySince?: string;
}
