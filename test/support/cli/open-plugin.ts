import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { REPOSITORY } from "../environment.ts";
import { run } from "../run.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";

/** The plugin's folder. Another one shows which weaknesses these tests see in it: docs/session-persist.md. */
export const PLUGIN =
  process.env.PLUGIN_UNDER_TEST ?? join(REPOSITORY, "dist/carried/plugins/session-persist");
export const BUNDLE = join(PLUGIN, "scripts/session-persist.cjs");
export const SESSION = "abcdabcd-0000-4000-8000-000000000001";
export const OTHER = "beefbeef-0000-4000-8000-000000000002";

export type HookEvent = "SessionStart" | "UserPromptSubmit" | "Stop" | "PreCompact" | "SessionEnd";

interface HookFile {
  hooks: Record<string, { hooks: { command: string; timeout: number }[] }[]>;
}

/** What a hook printed. */
export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
  /** For the model. */
  context: string;
  /** For the user. */
  message: string;
}

/** A checkpoint file. */
export interface SavedFile extends Record<string, unknown> {
  session_id: string;
  saved_at: string;
  last_task: string;
  summary: string;
  ended_at?: string;
  resumed_from?: string;
  automatic: {
    event: string;
    first_prompt?: string;
    transcript_path?: string;
    exchanges: { prompt: string; answer?: string }[];
    git: { branch: string; commit: string; changed_files: string[] };
    agent: string;
    todos: { id?: string; text: string; done: boolean }[];
  };
}

export interface Plugin {
  sandbox: Sandbox;
  project: string;
  /**
   * Calls a hook as claude does: the command of hooks.json in a shell, `around` put before it. Where the plugin has
   * no such hook, nothing happens.
   */
  hook(
    event: HookEvent,
    fields?: Record<string, unknown>,
    env?: Record<string, string | undefined>,
    around?: readonly string[],
  ): Promise<Answer>;
  prompt(prompt: string, session?: string): Promise<Answer>;
  stop(answer: string, session?: string): Promise<Answer>;
  start(session: string, source?: string): Promise<Answer>;
  /** What a command prints that the agent runs, after what SessionStart has left for its shell. */
  inShell(script: string, session?: string): Promise<string>;
  sessionsFolder: string;
  trigger: string;
  fileOf(session: string): string;
  /** Where claude keeps the transcript of a conversation of this project. */
  transcriptOf(session: string): string;
  /** A checkpoint as it is on disk. */
  saved(session?: string): SavedFile;
  /** Puts a file of the original plugin's shape there. */
  plant(session: string, fields?: Record<string, unknown> | string): void;
  plantTrigger(content: string): void;
}

export function openPlugin(t: TestContext): Plugin {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  t.after(() => sandbox.remove());
  const project = sandbox.workspace;
  const { hooks } = JSON.parse(readFileSync(join(PLUGIN, "hooks/hooks.json"), "utf8")) as HookFile;
  const sessionsFolder = join(project, ".claude/sessions");
  const fileOf = (session: string) => join(sessionsFolder, `${session}.json`);
  const envFileOf = (session: string) =>
    join(sandbox.folder, `env of ${session.replace(/[^\w-]/g, "_").slice(0, 40)}`);
  const plugin: Plugin = {
    sandbox,
    project,
    sessionsFolder,
    trigger: join(project, ".claude/.session-resume"),
    fileOf,
    transcriptOf: (session) =>
      join(sandbox.home, ".claude/projects", project.replace(/[^A-Za-z0-9]/g, "-"), `${session}.jsonl`),
    hook: async (event, fields = {}, env = {}, around = []) => {
      const command = hooks[event]?.[0]?.hooks[0]?.command ?? ":";
      const session = String(fields.session_id ?? SESSION);
      const input = {
        session_id: SESSION,
        transcript_path: plugin.transcriptOf(session),
        cwd: project,
        hook_event_name: event,
        ...fields,
      };
      const given = {
        CLAUDE_PLUGIN_ROOT: PLUGIN,
        CLAUDE_PROJECT_DIR: project,
        // As seen in claude 2.1.329: no other hook has it.
        ...(event === "SessionStart" ? { CLAUDE_ENV_FILE: envFileOf(session) } : {}),
        ...env,
      };
      const result = await run([...around, "/bin/sh", "-c", command], {
        cwd: project,
        env: sandbox.with(given),
        input: JSON.stringify(input),
      });
      const printed = result.stdout.startsWith("{") ? JSON.parse(result.stdout) : {};
      return {
        ...result,
        context: printed.hookSpecificOutput?.additionalContext ?? "",
        message: printed.systemMessage ?? "",
      };
    },
    prompt: (prompt, session = SESSION) => plugin.hook("UserPromptSubmit", { prompt, session_id: session }),
    stop: (answer, session = SESSION) =>
      plugin.hook("Stop", { last_assistant_message: answer, session_id: session }),
    start: (session, source = "startup") => plugin.hook("SessionStart", { source, session_id: session }),
    inShell: async (script, session = SESSION) => {
      const envFile = envFileOf(session);
      const first = existsSync(envFile) ? `. "$1"\n` : "";
      const { stdout } = await run(["sh", "-c", first + script, "sh", envFile], {
        cwd: project,
        env: sandbox.env,
      });
      return stdout.trimEnd();
    },
    saved: (session = SESSION) => JSON.parse(readFileSync(fileOf(session), "utf8")),
    plant: (session, fields = {}) => {
      mkdirSync(sessionsFolder, { recursive: true });
      const content =
        typeof fields === "string"
          ? fields
          : JSON.stringify(
              {
                session_id: session,
                saved_at: "2026-01-02T03:04:05Z",
                last_task: `task of ${session}`,
                summary: `summary of ${session}`,
                ...fields,
              },
              null,
              2,
            );
      writeFileSync(fileOf(session), content);
    },
    plantTrigger: (content) => {
      mkdirSync(join(project, ".claude"), { recursive: true });
      writeFileSync(plugin.trigger, content);
    },
  };
  return plugin;
}
