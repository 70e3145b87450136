import type { PromiseRow } from "../row.ts";

export const codex: PromiseRow = {
  agent: "codex",
  shell: (command) => ({ name: "exec_command", args: { cmd: command } }),
  write: (path) => ({ name: "exec_command", args: { cmd: `printf made > '${path}'` } }),
  mayRun: ["--access", "full"],
  answer: (value) => JSON.stringify(value),
  lost: "restored",
  no: {},
};
