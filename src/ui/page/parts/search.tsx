import { useEffect, useState } from "preact/hooks";
import { get } from "../talk/api.ts";
import { momentOf, shortPath } from "../text/format.ts";
import { plain } from "../text/plain.ts";
import type { Found, Hit, Which } from "../types.ts";
import { Copy } from "./copy.tsx";
import { Notice } from "./notice.tsx";

/** Who types is not asked for after each letter. */
const PAUSE_MS = 150;

/** What was said somewhere. */
export function Search({ words, open }: { words: string; open(which: Which): void }) {
  const [found, setFound] = useState<Found>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => {
      get<Found>("search", { words }).then(
        (told) => {
          if (isOver) return;
          setFound(told);
          setError(undefined);
        },
        (thrown) => isOver || setError(thrown),
      );
    }, PAUSE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [words]);
  return (
    <div>
      <div class="title">
        <h2 tabIndex={-1}>Search</h2>
        <span class="dim" role="status">
          {found === undefined ? "" : countOf(found)}
        </span>
      </div>
      <Notice error={error} />
      <ul class="items">
        {found?.hits.map((hit, at) => (
          <HitItem key={at} hit={hit} open={open} />
        ))}
      </ul>
    </div>
  );
}

function countOf({ hits, has_more }: Found): string {
  if (hits.length === 0) return "No turn has all the words.";
  if (hits.length === 1) return "1 result";
  return has_more ? `the newest ${hits.length} results` : `${hits.length} results`;
}

function HitItem({ hit, open }: { hit: Hit; open(which: Which): void }) {
  const { name, agent, workspace, is_removed, at, said_in } = hit;
  const canOpen = name !== null && !is_removed;
  const body = (
    <>
      <span class="head">
        <span class="name">{name === null ? "without a name" : plain(name)}</span>
        <span class="dim">{agent}</span>
        {is_removed ? <span class="badge failed">removed</span> : null}
        <span class="when">{momentOf(at)}</span>
      </span>
      <span class="words">
        <span>{said_in === "prompt" ? "You: " : ""}</span>
        <Marked text={hit.snippet} marks={hit.marks} />
      </span>
      <span class="where">{shortPath(workspace)}</span>
    </>
  );
  return (
    <li class="hit">
      {canOpen ? (
        <button type="button" class="item" data-item onClick={() => open({ name, agent, workspace })}>
          {body}
        </button>
      ) : (
        <div class="item">
          {body}
          <Copy command={plain(hit.next)} what="brings it back" />
        </div>
      )}
    </li>
  );
}

/** A part of a text, with the words marked that were looked for. */
function Marked({ text, marks }: { text: string; marks: Hit["marks"] }) {
  let from = 0;
  const pieces = marks.flatMap(({ start, end }) => {
    const before = text.slice(from, start);
    from = end;
    return [plain(before), <mark key={start}>{plain(text.slice(start, end))}</mark>];
  });
  return (
    <span>
      {pieces}
      {plain(text.slice(from))}
    </span>
  );
}
