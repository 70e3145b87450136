import type { PromiseRow } from "../row.ts";

export const claude: PromiseRow = {
  agent: "claude",
  shell: (command) => ({ name: "Bash", args: { command, description: "run it" } }),
  write: (path) => ({ name: "Write", args: { file_path: path, content: "made" } }),
  // As root, claude takes no full access.
  mayRun: ["--agent-arg=--allowedTools", "--agent-arg=Bash"],
  answer: (value) => ({ toolCalls: [{ name: "StructuredOutput", args: { ...value } }], next: "done" }),
  lost: "restored",
  no: {},
};
