import { useEffect, useState } from "preact/hooks";
import type { Which } from "./types.ts";

/** What the page shows. It is part of no address: addresses are kept by browsers. */
export type View =
  | { at: "home" }
  | { at: "conversation"; which: Which; isFocused?: boolean }
  | { at: "costs" }
  | { at: "fleet" }
  | { at: "search"; words: string };

const HOME: View = { at: "home" };

/** Returns what is shown, and how to show something else. The browser's way back works. */
export function useView(): [View, (view: View) => void] {
  const [view, setView] = useState<View>(() => history.state?.view ?? HOME);
  useEffect(() => {
    const onBack = (event: PopStateEvent) => setView(event.state?.view ?? HOME);
    addEventListener("popstate", onBack);
    return () => removeEventListener("popstate", onBack);
  }, []);
  const show = (next: View) => {
    const isSame = JSON.stringify(next) === JSON.stringify(history.state?.view ?? HOME);
    // Words that are still being typed are one step back, not many.
    const isTyping = next.at === "search" && history.state?.view?.at === "search";
    if (isTyping) history.replaceState({ view: next }, "");
    else if (!isSame) history.pushState({ view: next }, "");
    setView(next);
  };
  return [view, show];
}
