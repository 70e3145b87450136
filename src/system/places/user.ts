import { hostname, userInfo } from "node:os";

/** Returns the name of this process's user; its number where the system knows no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

/** Returns the name of this machine, for people. */
export function machineName(): string {
  return hostname();
}
