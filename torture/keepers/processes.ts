import { readdirSync, readFileSync } from "node:fs";

/** What a process of a sandbox is. */
export type Kind = "command" | "keeper" | "agent";

export interface Found {
  pid: number;
  kind: Kind;
}

/** Returns the living processes that have this home folder in their environment, without zombies. */
export function processesOf(home: string): Found[] {
  return readdirSync("/proc").flatMap((entry): Found[] => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const environment = `\0${readFileSync(`/proc/${entry}/environ`, "latin1")}`;
      const words = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      if (!environment.includes(`\0HOME=${home}\0`)) return [];
      return [{ pid: Number(entry), kind: kindOf(words) }];
    } catch {
      return [];
    }
  });
}

function kindOf(words: readonly string[]): Kind {
  if (!words.some((word) => word.endsWith("/dist/cli.cjs"))) return "agent";
  return words.includes("keep-turns") ? "keeper" : "command";
}
