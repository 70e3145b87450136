import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { tempFolder } from "../temp-folder.ts";

/** An environment in which git knows nothing of this user. */
export const GIT_ENV: Record<string, string> = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "a test",
  GIT_AUTHOR_EMAIL: "test@localhost",
  GIT_COMMITTER_NAME: "a test",
  GIT_COMMITTER_EMAIL: "test@localhost",
};

/** A real repository in a folder. */
export interface Repository {
  root: string;
  git(...args: string[]): string;
  write(files: Record<string, string | Buffer>): void;
  /** Commits all that is there. Returns the commit's id. */
  commit(): string;
}

export function repositoryIn(root: string): Repository {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: root,
      env: GIT_ENV,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const write = (files: Record<string, string | Buffer>) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
      if (path.endsWith(".sh")) chmodSync(join(root, path), 0o755);
    }
  };
  const commit = () => {
    git("add", "--all");
    git("commit", "--quiet", "-m", "a commit");
    return git("rev-parse", "HEAD");
  };
  return { root, git, write, commit };
}

/** A repository with these files committed. */
export function newRepository(t: TestContext, files: Record<string, string | Buffer>): Repository {
  const repository = repositoryIn(tempFolder(t));
  repository.git("init", "--quiet", "--initial-branch=main");
  repository.write(files);
  repository.commit();
  return repository;
}

/** Returns every file below a folder with its content, without what git keeps. */
export function filesIn(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const found = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => path !== ".git" && !path.startsWith(".git/"))
    .sort();
  return Object.fromEntries(
    found.map((path) => {
      const mode = (statSync(join(root, path)).mode & 0o100) === 0 ? "" : " (program)";
      return [`${path}${mode}`, readFileSync(join(root, path), "latin1")];
    }),
  );
}
