const KEY = "agent-sessions token";

/** 32 bytes, as the server writes them. */
const TOKEN = /^#([\w-]{43})$/;

/**
 * Takes the token out of the address: there it could be seen, copied and kept. This tab alone remembers it.
 */
export function takeToken(): void {
  const [, token] = TOKEN.exec(location.hash) ?? [];
  if (token === undefined) return;
  sessionStorage.setItem(KEY, token);
  history.replaceState(history.state, "", location.pathname);
}

export function knownToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}
