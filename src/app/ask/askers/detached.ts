/** A turn that runs without its caller. */
export interface Detached {
  turnId: string;
  name: string;
  agent: string;
  workspace: string;
  /** Absent for a new conversation whose agent chooses the id. */
  sessionId?: string;
  /** The workspace, now gone, that the name belonged to until now; absent without a rebind. */
  reboundFrom?: string;
}
