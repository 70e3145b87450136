/** What can be opened, in the order of the page. */
const ITEMS = "[data-item]";

/**
 * Returns what a key does, outside of a field: `j` and `k` go from item to item, `/` goes to the search, Escape goes back.
 * Enter opens an item by itself: each is a button.
 */
export function onKey(goHome: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
    if (event.key === "Escape") {
      if (field instanceof HTMLElement) field.blur();
      else goHome();
      return;
    }
    if (field) return;
    if (event.key === "j" || event.key === "ArrowDown") move(1, event);
    else if (event.key === "k" || event.key === "ArrowUp") move(-1, event);
    else if (event.key === "/") {
      event.preventDefault();
      document.querySelector<HTMLElement>("#search")?.focus();
    }
  };
}

function move(by: 1 | -1, event: KeyboardEvent): void {
  const items = [...document.querySelectorAll<HTMLElement>(ITEMS)].filter((one) => one.offsetParent !== null);
  const at = items.indexOf(document.activeElement as HTMLElement);
  // Arrows scroll the page, unless an item has the focus.
  if (at === -1 && event.key.startsWith("Arrow")) return;
  const next = items[at === -1 ? 0 : at + by];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
