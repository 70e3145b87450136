import { execFileSync, spawnSync } from "node:child_process";

const isInstalled = spawnSync("python3", ["-c", ""]).status === 0;

/** Python, where it is installed: what the original scripts do, its library does. */
export const python = {
  skip: isInstalled ? false : "python3 is not installed",
  /** Runs a program that answers each line of JSON with one. */
  run(program: string, inputs: readonly unknown[]): unknown[] {
    const input = inputs.map((value) => JSON.stringify(value)).join("\n");
    const output = execFileSync("python3", ["-c", program], { input, encoding: "utf8", maxBuffer: 2 ** 30 });
    return output
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  },
};
