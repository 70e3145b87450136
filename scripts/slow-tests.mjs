/** The slow proofs: real agents, crashes in a loop, machines that are full or strange. Each by its folder or file. */
const SLOW = ["test/real-agents/", "test/torture/"];

export function isSlow(file) {
  return SLOW.some((path) => file.startsWith(path));
}
