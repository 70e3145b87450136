/** One workspace or several, the nearest first; undefined means all of this user. */
export type Workspaces = string | readonly string[] | undefined;

export function isAmong(workspaces: Workspaces, workspace: string): boolean {
  if (workspaces === undefined || workspaces === workspace) return true;
  return typeof workspaces !== "string" && workspaces.includes(workspace);
}

/** Returns them one by one. */
export function eachOf(workspaces: string | readonly string[]): readonly string[] {
  return typeof workspaces === "string" ? [workspaces] : workspaces;
}
