import { readFileSync, readlinkSync } from "node:fs";

const NAMESPACES = ["mnt", "pid", "net", "user"];
const LIMITS = ["Seccomp", "CapEff", "Groups"];
/** The pid namespace of the machine itself, on every Linux. */
const OF_THE_MACHINE = "pid:[4026531836]";

/**
 * Returns what limits this process beyond its user, as one text: two processes with the same text reach the same
 * files and hosts. `unknown` if the process has promised to gain no privileges: it may then be limited by Landlock,
 * which nothing shows. Empty where the system has none of this, as on macOS.
 */
export function confinement(): string {
  let status: string;
  try {
    status = readFileSync("/proc/self/status", "utf8");
  } catch {
    return "";
  }
  const limitOf = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1] ?? "";
  if (limitOf("NoNewPrivs") === "1") return "unknown";
  try {
    const spaces = NAMESPACES.map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const parts = [...spaces, readlinkSync("/proc/self/root"), ...LIMITS.map(limitOf), label()];
    // The numbers of namespaces are given again: the first process of a container tells one from the next.
    if (!spaces.includes(OF_THE_MACHINE)) parts.push(firstProcess());
    return parts.join(" ");
  } catch {
    return "unknown";
  }
}

/** The label of AppArmor or SELinux; empty without one. */
function label(): string {
  try {
    return readFileSync("/proc/self/attr/current", "utf8").replace(/\0/g, "").trim();
  } catch {
    return "";
  }
}

/** When the first process of this pid namespace was started, in this boot. */
function firstProcess(): string {
  const fields = readFileSync("/proc/1/stat", "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()} ${fields[19]}`;
}
