import { whyNoCopilot } from "../../loopback/real-agents.ts";
import type { PromiseRow } from "../row.ts";

export const copilot: PromiseRow = {
  agent: "copilot",
  whyMissing: whyNoCopilot,
  shell: (command) => ({
    name: "bash",
    args: { command, description: "run it", mode: "sync", initial_wait: 60 },
  }),
  write: (path) => ({
    name: "apply_patch",
    args: { input: `*** Begin Patch\n*** Add File: ${path}\n+made\n*** End Patch\n` },
  }),
  mayRun: ["--access", "full"],
  lost: "restored",
  no: {
    fork: "copilot 1.0.102 has no command that begins a conversation with the history of another one",
    schema: "copilot 1.0.102 takes no schema",
  },
};
