import { type Finding, ok, problem } from "./finding.ts";

const LEAST: readonly [number, number] = [20, 19];

/** Whether this Node, such as `v20.19.4`, is new enough. */
export function checkNode(version: string): Finding[] {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isNewEnough = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
  if (isNewEnough) return [ok(`Node ${version}`)];
  return [problem(`Node ${version} is too old.`, `Install Node ${LEAST.join(".")} or newer.`)];
}
