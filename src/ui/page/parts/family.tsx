import { useEffect, useState } from "preact/hooks";
import { type Branch, familyOf } from "../family-tree.ts";
import { keyOf } from "../needs.ts";
import { get } from "../talk/api.ts";
import { plain } from "../text/plain.ts";
import type { Relative, Which } from "../types.ts";
import { Notice } from "./notice.tsx";

/** Where a conversation comes from, and what was forked from it. */
export function Family({ which, open }: { which: Which; open(which: Which): void }) {
  const [names, setNames] = useState<Relative[]>();
  const [error, setError] = useState<Error>();
  const own = keyOf(which);
  useEffect(() => {
    get<{ names: Relative[] }>("family").then((found) => setNames(found.names), setError);
  }, [own]);
  if (error !== undefined) return <Notice error={error} />;
  if (names === undefined) return <p class="dim">…</p>;
  const root = familyOf(names, own);
  if (root === undefined || root.forks.length === 0)
    return <p class="dim">It was forked from no other name, and no other name from it.</p>;
  return <Tree branches={[root]} own={own} open={open} isRoot />;
}

function Tree({
  branches,
  own,
  open,
  isRoot = false,
}: {
  branches: Branch[];
  own: string;
  open(which: Which): void;
  isRoot?: boolean;
}) {
  return (
    <ul class={isRoot ? "tree root" : "tree"}>
      {branches.map(({ relative, forks }) => (
        <li key={keyOf(relative)}>
          {keyOf(relative) === own ? (
            <b aria-current="true">{plain(relative.name)}</b>
          ) : (
            <button type="button" class="link" onClick={() => open(relative)}>
              {plain(relative.name)}
            </button>
          )}{" "}
          {relative.state === "free" ? null : <span class={`badge ${relative.state}`}>{relative.state}</span>}
          {forks.length === 0 ? null : <Tree branches={forks} own={own} open={open} />}
        </li>
      ))}
    </ul>
  );
}
