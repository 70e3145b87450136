import { useLayoutEffect, useRef } from "preact/hooks";
import { markdown } from "../text/markdown.ts";

/** Words of an agent, laid out. They are never HTML on their way here. */
export function Words({ text }: { text: string }) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => element.current?.replaceChildren(markdown(text)), [text]);
  return <div class="answer" dir="auto" ref={element} />;
}
