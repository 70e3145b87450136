import { join, relative } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { idOfName, idOfRemote, isWorkspaceId } from "../../domain/names/workspace-id.ts";
import { readFileIfAny } from "../../system/files/read.ts";
import { remoteOf } from "../../system/places/git.ts";
import { repositoryRoot } from "../../system/places/repository.ts";
import { isWorkspaceGone, requireFolder, resolveWorkspace } from "../../system/places/workspace.ts";

interface Around {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  userHome: string | undefined;
}

/** What folders are called on every machine. */
export class Workspaces {
  private readonly ids = new Map<string, string>();
  private readonly folders = new Map<string, string>();
  private hasLookedAround = false;

  constructor(private readonly around: Around) {}

  /** @throws AppError `folder_missing`; `usage` for a folder that other machines can't know */
  idOf(folder: string): string {
    const id = this.idIfAny(folder);
    if (id === undefined) requireFolder(folder);
    if (id === undefined)
      throw new AppError("usage", `Other machines can't know the folder ${folder}: it has no git remote.`, {
        hint: 'Give it a name in its .agent-sessions.toml: workspace-id = "shop"',
      });
    return id;
  }

  /** Returns undefined for a folder that other machines can't know. */
  idIfAny(folder: string): string | undefined {
    if (isWorkspaceId(folder)) return folder;
    const id = this.ids.get(folder) ?? this.find(folder);
    if (id === undefined) return undefined;
    this.ids.set(folder, id);
    if (!this.folders.has(id)) this.folders.set(id, folder);
    return id;
  }

  /** Returns the folder here; the identity where none is known. */
  folderOf(id: string): string {
    if (!this.folders.has(id) && !this.hasLookedAround) {
      this.hasLookedAround = true;
      for (const folder of this.nearby()) this.idIfAny(folder);
    }
    return this.folders.get(id) ?? id;
  }

  /** Where this program was started, and the repository around it: whoever asks for everything is shown those as they are here. */
  private nearby(): string[] {
    const { cwd } = this.around;
    return [resolveWorkspace(cwd, cwd), repositoryRoot(cwd, this.around) ?? cwd];
  }

  private find(folder: string): string | undefined {
    if (isWorkspaceGone(folder)) return undefined;
    const root = repositoryRoot(folder, this.around) ?? folder;
    for (const named of new Set([folder, root])) {
      const name = nameIn(join(named, ".agent-sessions.toml"));
      if (name !== undefined) return idOfName(name, relative(named, folder));
    }
    const remote = remoteOf(root, this.around.env);
    return remote === undefined ? undefined : idOfRemote(remote, relative(root, folder));
  }
}

/** The file may hold much else; which of it holds is decided elsewhere. */
function nameIn(path: string): string | undefined {
  const text = readFileIfAny(path)?.toString("utf8") ?? "";
  return /^\s*workspace-id\s*=\s*["']([^"'\n]+)["']/m.exec(text)?.[1];
}
