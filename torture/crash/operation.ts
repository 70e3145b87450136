/** One command that changes something, as it was asked for. */
export interface Operation {
  kind: "create" | "replace" | "send" | "detach" | "remove" | "rename";
  agent: "claude" | "codex";
  name: string;
  /** Of a rename. */
  newName?: string;
  /** Said by no other operation; absent where nothing is said. */
  prompt?: string;
}

export function argsOf({ kind, agent, name, newName = "", prompt = "" }: Operation): string[] {
  const of = ["--agent", agent];
  switch (kind) {
    case "create":
      return ["create", ...of, name, prompt];
    case "replace":
      return ["create", "--replace", ...of, name, prompt];
    case "send":
      return ["send", ...of, name, prompt];
    case "detach":
      return ["send", "--detach", ...of, name, prompt];
    case "remove":
      return ["remove", ...of, name];
    case "rename":
      return ["rename", ...of, name, newName];
  }
}
