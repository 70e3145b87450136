// Loaded before the program: says at its end how much memory it had at most, in kilobytes.
const { readFileSync, writeFileSync } = require("node:fs");

process.once("exit", () => {
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  writeFileSync(process.env.PEAK_TO, peak);
});
