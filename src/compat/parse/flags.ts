import type { Flag, SubCommand } from "./argparse.ts";

/** One of the two original scripts. */
export type Tool = "claude" | "codex";

const value = (name: string, dest: string, more: Partial<Flag> = {}): Flag => ({
  name,
  dest,
  kind: "value",
  ...more,
});
const toggle = (name: string, dest: string, more: Partial<Flag> = {}): Flag => ({
  name,
  dest,
  kind: "switch",
  ...more,
});
const list = (name: string, dest: string): Flag => ({ name, dest, kind: "list" });
const hidden = { hidden: true } as const;

const SESSION_NAME = [
  value("--session-name", "session_name"),
  value("--session-alias", "session_name", hidden),
  value("--alias", "session_name", hidden),
];
const MAPPING_FILE = value("--mapping-file", "mapping_file", { metavar: "PATH" });
const WORKSPACE_DIR = value("--workspace-dir", "workspace_dir", { metavar: "DIR" });
const PROMPT = value("--prompt", "prompt", {
  required: true,
  help: "what to say; it stands in the process list while the agent runs",
});
const ROLE = value("--role-definition-md", "role_definition_md", { metavar: "PATH" });
const MODEL_AND_DEADLINE = [
  value("--model", "model"),
  { name: "--deadline-seconds", dest: "deadline_seconds", kind: "float" } as const,
];

interface Parts {
  id: () => Flag[];
  printId: () => Flag[];
  exec: Flag[];
  /** Flags that the delete commands accept and ignore. */
  ignored: Flag[];
  fakeId: Flag;
  resumeRole: Flag[];
  streamOnly: Flag[];
}

const ENV_FILE = value("--env-file", "env_file", { metavar: "PATH" });

const CLAUDE_EXEC: Flag[] = [
  ENV_FILE,
  value("--claude-cmd", "cmd"),
  value("--reasoning-effort", "reasoning_effort"),
  value("--effort", "reasoning_effort", hidden),
  ...MODEL_AND_DEADLINE,
];

const PARTS: Record<Tool, Parts> = {
  claude: {
    id: () => [value("--session-id", "session_id")],
    printId: () => [toggle("--print-session-id", "print_id")],
    exec: CLAUDE_EXEC,
    ignored: CLAUDE_EXEC,
    fakeId: value("--fake-session-id", "fake_id"),
    resumeRole: [],
    streamOnly: [toggle("--verbose", "verbose"), toggle("--include-partials", "include_partials")],
  },
  codex: {
    id: () => [value("--thread-id", "session_id"), value("--session-id", "session_id", hidden)],
    printId: () => [
      toggle("--print-thread-id", "print_id"),
      toggle("--print-session-id", "print_id", hidden),
    ],
    exec: [
      ENV_FILE,
      value("--codex-cmd", "cmd"),
      value("--codex-shell", "codex_shell", { choices: ["posix", "powershell"] }),
      value("--codex-shell-cmd", "codex_shell_cmd"),
      value("--codex-shell-init", "codex_shell_init"),
      ...MODEL_AND_DEADLINE,
      list("--config", "config"),
      list("--enable", "enable"),
      list("--disable", "disable"),
      list("--image", "image"),
      toggle("--full-auto", "full_auto"),
      toggle("--dangerously-bypass-approvals-and-sandbox", "bypass"),
      toggle("--skip-git-repo-check", "skip_git_repo_check"),
    ],
    ignored: [],
    fakeId: value("--fake-thread-id", "fake_id"),
    resumeRole: [ROLE],
    streamOnly: [],
  },
};

/** Returns the seven sub-commands with the flags that the original script accepts. */
export function subCommands(tool: Tool): SubCommand[] {
  const { id, printId, exec, ignored, fakeId, resumeRole, streamOnly } = PARTS[tool];
  return [
    {
      name: "create-session",
      help: "Start a conversation and keep its id under a name. The first prompt stands in the process list while the agent runs.",
      flags: [
        ...SESSION_NAME,
        ...id(),
        MAPPING_FILE,
        ...exec,
        ROLE,
        value("--init-prompt", "init_prompt"),
        fakeId,
        ...printId(),
        toggle("--print-mapping-json", "print_mapping_json"),
      ],
    },
    {
      name: "resolve",
      help: "Print what a name or an id stands for.",
      flags: [...SESSION_NAME, ...id(), MAPPING_FILE, ...printId()],
    },
    {
      name: "list-sessions",
      help: "Print the names of a workspace.",
      flags: [MAPPING_FILE, WORKSPACE_DIR, toggle("--print-aliases", "print_aliases")],
    },
    {
      name: "delete-session",
      help: "Take a name away, or every name of an id.",
      flags: [
        ...SESSION_NAME,
        ...id(),
        MAPPING_FILE,
        WORKSPACE_DIR,
        ...ignored,
        toggle("--print-mapping-json", "print_mapping_json"),
      ],
    },
    {
      name: "delete-all-sessions",
      help: "Take all names of a workspace away, with their mapping file.",
      flags: [MAPPING_FILE, WORKSPACE_DIR, ...ignored],
    },
    {
      name: "resume-json",
      help: "Run one turn and print one JSON object.",
      flags: [
        ...SESSION_NAME,
        ...id(),
        MAPPING_FILE,
        ...exec,
        ...resumeRole,
        PROMPT,
        ...printId(),
        toggle("--print-result", "print_result"),
      ],
    },
    {
      name: "resume-stream",
      help: "Run one turn and pass the agent's JSON lines on as they come.",
      flags: [...SESSION_NAME, ...id(), MAPPING_FILE, ...exec, ...resumeRole, PROMPT, ...streamOnly],
    },
  ];
}
