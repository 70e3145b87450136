import { useEffect, useState } from "preact/hooks";
import { get, Refused } from "./talk/api.ts";
import type { FleetTold } from "./types.ts";

const EVERY_MS = 2000;
/** Whether names and turns are in a store that machines share. It is asked once, behind the first screen. */
export function useHasFleet(isThere: boolean): boolean {
  const [hasFleet, setHasFleet] = useState(false);
  useEffect(() => {
    if (!isThere) return;
    get<FleetTold | { store: null }>("fleet").then(
      ({ store }) => setHasFleet(store !== null),
      // The database is away, or it has no tables yet: there is a store all the same.
      (error) => setHasFleet(error instanceof Refused && error.status >= 500),
    );
  }, [isThere]);
  return hasFleet;
}

/** Asks again and again, while the page can be seen. */
export function useFleet(): { told?: FleetTold; error?: Error } {
  const [state, setState] = useState<{ told?: FleetTold; error?: Error }>({});
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const again = async () => {
      clearTimeout(timer);
      if (isOver || document.hidden) return;
      await get<FleetTold>("fleet").then(
        (told) => setState({ told }),
        (error: Error) => setState(({ told }) => ({ ...(told === undefined ? {} : { told }), error })),
      );
      if (!isOver) timer = setTimeout(again, EVERY_MS);
    };
    again();
    document.addEventListener("visibilitychange", again);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, []);
  return state;
}
