import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { type Running, start } from "../../test/support/run.ts";
import { until } from "../../test/support/until.ts";

/** Addresses for tests of networks (RFC 2544): none of them is anybody's. */
const HERE = "198.18.77.1";
const THERE = "198.18.77.2";

/**
 * A network of two: this machine, and a worker in a network namespace of its own, which lives as long as the worker. While
 * it is cut, nothing arrives and nothing says so.
 */
export class Cut {
  readonly host = HERE;
  private readonly name = `cut${process.pid}`;
  private holder: Running | undefined;

  /** Returns why there can be none here. */
  static whyNot(): string | undefined {
    if (process.platform !== "linux") return "network namespaces are of Linux";
    const tried = spawnSync(
      "sh",
      [
        "-c",
        "unshare --net true && ip link add cutprobe type veth peer name cutprobe2 && ip link del cutprobe",
      ],
      { encoding: "utf8" },
    );
    return tried.status === 0
      ? undefined
      : `no network namespace can be had here: ${tried.stderr.trim() || tried.error}`;
  }

  /** Makes the namespace, and this machine's end of the line to it. */
  async open(): Promise<void> {
    const holder = start(["unshare", "--net", "sleep", "infinity"], {
      cwd: "/",
      env: { PATH: process.env.PATH ?? "" },
    });
    this.holder = holder;
    const namespaceOf = (pid: number | string) => readlinkSync(`/proc/${pid}/ns/net`);
    await until(() => namespaceOf(holder.pid) !== namespaceOf("self"), { what: "a network namespace" });
    this.ip("link", "add", this.name, "type", "veth", "peer", "name", "eth0", "netns", String(holder.pid));
    this.ip("address", "add", `${HERE}/30`, "dev", this.name);
    this.ip("link", "set", this.name, "up");
    this.inside("ip", "link", "set", "lo", "up");
    this.inside("ip", "address", "add", `${THERE}/30`, "dev", "eth0");
    this.inside("ip", "link", "set", "eth0", "up");
  }

  /** The words that start a command inside. */
  words(argv: readonly string[]): string[] {
    return ["nsenter", "--net", "--target", String(this.holder?.pid), ...argv];
  }

  /** From now on nothing arrives, in either direction. */
  cut(): void {
    this.ip("link", "set", this.name, "down");
  }

  heal(): void {
    this.ip("link", "set", this.name, "up");
  }

  close(): void {
    this.holder?.kill("SIGKILL");
    spawnSync("ip", ["link", "del", this.name]);
  }

  private inside(...argv: string[]): void {
    runOrThrow(this.words(argv));
  }

  private ip(...words: string[]): void {
    runOrThrow(["ip", ...words]);
  }
}

export function runOrThrow([file = "", ...args]: readonly string[]): void {
  const { status, stderr, error } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
