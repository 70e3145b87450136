/**
 * Returns the id under which the prompt of a turn is sent: a UUID of version 8 in which the turn's id can be
 * read, `20261127-1003-8590-8000-0000ab12cd34` for `20261127-100359-ab12cd34`.
 */
export function promptIdOf(turnId: string): string {
  const [day = "", time = "", random = ""] = turnId.split("-");
  return `${day}-${time.slice(0, 4)}-8${time.slice(4)}0-8000-0000${random}`;
}
