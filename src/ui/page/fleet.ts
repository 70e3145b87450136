import { useEffect, useState } from "preact/hooks";
import { get, Refused } from "./talk/api.ts";

/** What `store status --json` says; whatever a worker says of itself is text of another machine. */
export interface FleetTold {
  at: string;
  store: string;
  team: string;
  names: number;
  conversations: number;
  is_sealed: boolean;
  waiting: {
    turns: number;
    oldest_at?: string;
    line: { agent: string; workspace: string; turns: number; oldest_at: string; is_served: boolean }[];
  };
  running: {
    turn_id: string;
    agent: string;
    workspace: string;
    worker: string;
    attempt: number;
    started_at?: string;
    seen_at?: string;
  }[];
  forgotten: number;
  workers: {
    worker: string;
    agents: string[];
    workspaces: string[];
    places: number;
    since: string;
    seen_at: string;
    is_lost: boolean;
  }[];
}

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
