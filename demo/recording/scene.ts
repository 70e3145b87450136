/** A command that is typed, and what is seen and true of it. */
export interface Step {
  typed: string;
  /** The status lines that are recorded. The agent is held back until each of them is on the screen. */
  shows: RegExp[];
  exitCode: number;
}

/** Each later prompt asks for something that only the first turn said or read. */
export const PROMPTS = {
  first: "Read src/. This release is called banana.",
  second: "What is it called, and what rounds prices?",
  fork: "Argue against rounding there.",
};

const THINKING = /^thinking$/;

/** Five commands, each short enough for one row of the screen. */
export const SCENE: readonly Step[] = [
  {
    typed: `agent-sessions create review-src "${PROMPTS.first}"`,
    shows: [THINKING, /^Read \S+price\.ts {2}·/, /^thinking {2}·/],
    exitCode: 0,
  },
  {
    typed: `agent-sessions send review-src "${PROMPTS.second}"`,
    shows: [THINKING],
    exitCode: 0,
  },
  {
    typed: `agent-sessions fork review-src second-opinion "${PROMPTS.fork}"`,
    shows: [THINKING],
    exitCode: 0,
  },
  { typed: "agent-sessions list --tree", shows: [], exitCode: 0 },
  { typed: 'agent-sessions send reveiw-src "And who wrote it?"', shows: [], exitCode: 4 },
];
