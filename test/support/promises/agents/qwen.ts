import type { PromiseRow } from "../row.ts";

export const qwen: PromiseRow = {
  agent: "qwen",
  shell: (command) => ({
    name: "run_shell_command",
    args: { command, description: "run it", is_background: false },
  }),
  write: (path) => ({ name: "write_file", args: { file_path: path, content: "made" } }),
  mayRun: ["--access", "full"],
  answer: (value) => ({ toolCalls: [{ name: "structured_output", args: { ...value } }], next: "done" }),
  lost: "restored",
  no: {},
};
