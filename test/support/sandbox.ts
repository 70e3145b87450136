import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { listProcesses } from "../../src/system/processes/list.ts";
import { agentEnvironment, prepareHome } from "./environment.ts";
import { openSandboxStore } from "./store-run/sandbox-store.ts";

export interface Sandbox {
  /** The throw-away folder that holds all the rest. No link in its path. */
  folder: string;
  home: string;
  /** A folder with a git repository in it: codex refuses to run elsewhere. */
  workspace: string;
  env: Record<string, string>;
  /** The same environment with something added or, by undefined, taken out. */
  with(extra: Record<string, string | undefined>): Record<string, string>;
  /** Another workspace beside the first. */
  addWorkspace(name: string): string;
  /** Where the tests run over a store, has a worker run the turns of a folder below a workspace, too. */
  serve(folder: string): void;
  remove(): void;
}

export function openSandbox({ modelUrl }: { modelUrl: string }): Sandbox {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "as-")));
  const home = join(folder, "home");
  prepareHome(home, modelUrl);
  const store = openSandboxStore(folder);
  const withExtra = (extra: Record<string, string | undefined>) =>
    agentEnvironment({ home, modelUrl, extra: { ...store?.env, ...extra } });
  const addWorkspace = (name: string) => {
    const workspace = join(folder, name);
    mkdirSync(workspace, { recursive: true });
    makeRepository(workspace);
    if (store !== undefined) {
      addRemote(workspace, `https://git.example/${basename(folder)}/${name}.git`);
      store.work(workspace, withExtra({}));
    }
    return workspace;
  };
  return {
    folder,
    home,
    workspace: addWorkspace("workspace"),
    env: withExtra({}),
    with: withExtra,
    addWorkspace,
    serve: (below) => store?.work(below, withExtra({})),
    // Agents that are just ending may still write: an entry that appears meanwhile is met by another try.
    remove: () => {
      for (let left = 5; ; left -= 1) {
        endAll(`HOME=${home}`);
        try {
          return rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
        } catch (error) {
          if (left === 0) throw error;
        }
      }
    },
  };
}

/** Ends whatever a test has left running, as one that fails may: it would hold the test's own process. */
function endAll(mark: string): void {
  for (const { pid } of listProcesses()) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
      if (environment.split("\0").includes(mark)) process.kill(pid, "SIGKILL");
    } catch {
      // Gone, of another user, or no /proc to look into.
    }
  }
}

/**
 * What git itself takes for a repository, without running it. Codex looks for `.git/HEAD` and refuses a folder
 * where it is missing.
 */
function makeRepository(folder: string): void {
  for (const part of ["objects", "refs"]) mkdirSync(join(folder, ".git", part), { recursive: true });
  writeFileSync(join(folder, ".git/HEAD"), "ref: refs/heads/main\n");
}

/** By its remote, other machines know a folder. */
function addRemote(folder: string, url: string): void {
  writeFileSync(
    join(folder, ".git/config"),
    `[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = ${url}\n`,
  );
}
