import type { AgentEnvironment } from "./places.ts";

/** Whether an agent has shown that it can continue a conversation; if not, in its own words. */
export type Proof = { canContinue: true } | { canContinue: false; says: string };

/** A command of an agent that shows whether it can continue a conversation, without a call of the model. */
export interface ProofCommand {
  args: string[];
  /** What its standard input gets; that ends once there is a proof, or at once if this is empty. */
  input: string;
  /** Returns what one line of its output proves; undefined for a line that proves nothing. Long lines are cut. */
  read(line: string): Proof | undefined;
  /** Returns what its exit proves, where no line has proved anything. */
  atExit(code: number | undefined): Proof | undefined;
}

/** How conversations of an agent are taken to another machine. */
export interface TravelForm {
  /**
   * Returns the absolute path at which the agent looks for the transcript of a conversation, by its own rule. Nothing
   * in it comes from the machine that the conversation has left.
   */
  place(
    sessionId: string,
    begun: { workspace: string; createdAt: Date },
    environment: AgentEnvironment,
  ): string;
  proof(sessionId: string, workspace: string): ProofCommand;
}
