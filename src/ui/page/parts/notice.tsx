import { Refused } from "../talk/api.ts";
import { plain } from "../text/plain.ts";

/** Says what went wrong, also to whoever does not look. */
export function Notice({ error }: { error: Error | undefined }) {
  if (error === undefined) return null;
  const hint = error instanceof Refused ? error.hint : undefined;
  return (
    <div class="notice" role="alert">
      <p>{plain(error.message)}</p>
      {hint === undefined ? null : <p class="dim">{plain(hint)}</p>}
    </div>
  );
}
