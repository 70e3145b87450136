import { main } from "./main.ts";
import { AGENT_SESSIONS } from "./surface/surface.ts";

/** What needs files beside the program: a skill is one file, and what its commands set up would point into the skill. */
const ELSEWHERE = ["completion", "mcp", "skills", "store", "worker"];

/** The program in the skill `agent-sessions`, with all that an agent can use of the whole one. */
main({
  ...AGENT_SESSIONS,
  name: "agent-sessions.mjs",
  introduction: `Examples:
  node agent-sessions.mjs create review-src "Read src/ and remember what it does."
  node agent-sessions.mjs send review-src "Which file would you refactor first?"
  node agent-sessions.mjs list
`,
  commands: AGENT_SESSIONS.commands.filter(({ name }) => !ELSEWHERE.includes(name)),
  elsewhere: ELSEWHERE,
});
