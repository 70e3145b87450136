const MARK = "@";
const MOST_CHARACTERS = 40;

/** Returns the name that an agent has given itself, as ids contain it. */
export function agentInIds(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return plain.slice(0, MOST_CHARACTERS) || "agent";
}

/** Returns the id of a conversation that no other agent's has, even if both call theirs `1`. */
export function namedId(id: string, agent: string): string {
  return `${id}${MARK}${agentInIds(agent)}`;
}

/** Returns the agent's own id of a conversation, and the agent that an id names, if it names one. */
export function partsOfId(id: string): { id: string; of?: string } {
  const at = id.lastIndexOf(MARK);
  return at <= 0 ? { id } : { id: id.slice(0, at), of: id.slice(at + 1) };
}
