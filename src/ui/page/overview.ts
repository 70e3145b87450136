import { useCallback, useEffect, useState } from "preact/hooks";
import { get, Refused } from "./talk/api.ts";
import type { Overview } from "./types.ts";

/** Who asks again at once, because much changes, leaves the server so much time. */
const PAUSE_MS = 500;
/** A server that has failed is not asked at once. */
const FAILED_MS = 2000;

let ahead: Promise<Overview> | undefined;

/** Asks for the first screen before there is a page to show it in. */
export function askAhead(): void {
  ahead = get<Overview>("overview", { first: "yes" });
  // Whoever takes it hears of a failure.
  ahead.catch(() => undefined);
}

function overviewNow(): Promise<Overview> {
  const asked = ahead ?? get<Overview>("overview");
  ahead = undefined;
  return asked;
}

/** Keeps the first screen up to date while the page can be seen: a page that nobody sees is no use of the server. */
export function useOverview(): { overview: Overview | undefined; error: Error | undefined; refresh(): void } {
  const [overview, setOverview] = useState<Overview>();
  const [error, setError] = useState<Error>();
  const [, setTick] = useState(0);
  const ask = useCallback(
    () =>
      overviewNow().then((told) => {
        setOverview(told);
        setError(undefined);
        // Ages grow also where nothing has changed.
        setTick((tick) => tick + 1);
        return told;
      }),
    [],
  );
  useEffect(() => {
    let hidden = new AbortController();
    const keep = async (signal: AbortSignal) => {
      while (!signal.aborted) {
        try {
          const begin = Date.now();
          const { changes: seen } = await ask();
          await pause(begin + PAUSE_MS - Date.now());
          await get("changes", { seen }, signal);
        } catch (thrown) {
          if (signal.aborted) return;
          setError(thrown as Error);
          await pause(FAILED_MS);
        }
      }
    };
    const onSight = () => {
      hidden.abort();
      hidden = new AbortController();
      if (!document.hidden) keep(hidden.signal);
    };
    onSight();
    document.addEventListener("visibilitychange", onSight);
    return () => {
      hidden.abort();
      document.removeEventListener("visibilitychange", onSight);
    };
  }, [ask]);
  const isOut = error instanceof Refused && error.status === 401;
  const told = isOut
    ? new Refused(
        401,
        "refused",
        "The server has another token by now.",
        "Open the address that agent-sessions ui has printed.",
      )
    : error;
  return { overview, error: told, refresh: () => void ask().catch(setError) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
