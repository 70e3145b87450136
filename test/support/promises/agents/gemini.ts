import { whyNo } from "../../loopback/real-agents.ts";
import type { PromiseRow } from "../row.ts";

export const gemini: PromiseRow = {
  agent: "gemini",
  whyMissing: () => whyNo("gemini"),
  // Without one, another model is asked first which one to take.
  options: ["-m", "gemini-loopback"],
  shell: (command) => ({ name: "run_shell_command", args: { command, description: "run it" } }),
  write: (path) => ({ name: "write_file", args: { file_path: path, content: "made\n" } }),
  mayRun: ["--access", "full"],
  lost: "restored",
  no: {
    fork: "gemini 0.61.0 has no command that begins a conversation with the history of another one by its id",
    role: "gemini 0.61.0 takes no text beside its own instructions, only one in their place",
    schema: "gemini 0.61.0 takes no schema",
  },
};
