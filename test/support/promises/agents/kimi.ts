import { whyNo } from "../../loopback/real-agents.ts";
import type { PromiseRow } from "../row.ts";

export const kimi: PromiseRow = {
  agent: "kimi",
  whyMissing: () => whyNo("kimi"),
  shell: (command) => ({ name: "Bash", args: { command, timeout: 300 } }),
  write: (path) => ({ name: "Write", args: { path, content: "made\n" } }),
  mayRun: ["--access", "full"],
  unknownId: "session_0b0e7a3c-6f6c-4a4b-9d0f-1f2e3d4c5b6a",
  lost: "restored",
  no: {
    role: "kimi 2.1.0 takes no role over ACP",
    schema: "kimi 2.1.0 takes no schema",
  },
};
