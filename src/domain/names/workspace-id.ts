/** Whether a workspace is given by what it is called on every machine, and not by a folder. */
export function isWorkspaceId(workspace: string): boolean {
  return /^(git|id):/.test(workspace);
}

/**
 * Returns the identity of a folder of a repository by the address of its remote: without scheme, user, port and `.git`.
 * Undefined for an address that means something else on another machine, such as a path.
 */
export function idOfRemote(remote: string, below: string): string | undefined {
  const url = /^(?:ssh|https?|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+)$/i.exec(remote);
  const scp = /^(?:[^@/:]+@)?([^/:]{2,}):(?!\/\/)(.+)$/.exec(remote);
  const [, host, path] = url ?? scp ?? [];
  if (host === undefined || path === undefined) return undefined;
  const repository = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return repository === "" ? undefined : withFolder(`git:${host.toLowerCase()}/${repository}`, below);
}

/** Returns the identity of a folder below one that has a name of its own. */
export function idOfName(name: string, below: string): string {
  return withFolder(`id:${name}`, below);
}

function withFolder(id: string, below: string): string {
  return below === "" ? id : `${id}#${below}`;
}
