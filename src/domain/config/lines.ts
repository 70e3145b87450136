/** Where a setting stands in a file: at its top, or in a table. */
export interface Place {
  table: string | undefined;
  key: string;
}

/** An assignment that a text may have. */
interface Assignment {
  /** Returns the text with other lines instead; without any, without the assignment. */
  replace(written: string | undefined): string;
}

const HEADER = /^\s*\[/;
/** How many pieces of a text are read to find where a value ends: a stranger's text can have thousands of candidates. */
const MOST_TRIES = 200;
const NOTHING = /^\s*(#.*)?$/;

/**
 * Returns where a text may assign a setting. A line of another table, or in a text of several lines, can look like it: the
 * caller checks what a change has come to. `isToml` tells whether lines are TOML.
 */
export function* findAssignments(
  text: string,
  { table, key }: Place,
  isToml: (lines: string) => boolean,
): Generator<Assignment> {
  let tries = 0;
  const isWhole = (some: string) => {
    tries += 1;
    return isToml(some);
  };
  const mayTry = () => tries < MOST_TRIES;
  const lines = text.split("\n");
  const plain = lines.map((line) => line.replace(/\r$/, ""));
  const dotted = table === undefined ? "" : `(?:${nameOf(table)}\\s*\\.\\s*)?`;
  const begins = new RegExp(`^(\\s*)(${dotted}${nameOf(key)})\\s*=`);
  for (const [from, line] of plain.entries()) {
    const [, indent = "", name] = begins.exec(line) ?? [];
    if (name === undefined) continue;
    if (!mayTry()) return;
    let to = from + 1;
    while (to < lines.length && mayTry() && !isWhole(plain.slice(from, to).join("\n"))) to += 1;
    const comment = to === from + 1 ? commentOf(line, isWhole, mayTry) : "";
    const end = lines[to - 1]?.endsWith("\r") ? "\r" : "";
    yield {
      replace: (written) => {
        const value = written?.slice(written.indexOf("=") + 1).trim();
        const instead = value === undefined ? [] : [`${indent}${name} = ${value}${comment}${end}`];
        return [...lines.slice(0, from), ...instead, ...lines.slice(to)].join("\n");
      },
    };
  }
}

/** Returns the text with a new line for a setting. */
export function addTo(text: string, { table }: Pick<Place, "table">, written: string): string {
  const end = text.includes("\r\n") ? "\r" : "";
  const line = `${written}${end}`;
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const section = sectionOf(lines, table);
  const whole = (all: readonly string[]) => `${all.join("\n")}\n`;
  if (section === undefined) {
    const isApart = (lines.at(-1) ?? "").trim() === "";
    return whole([...lines, ...(isApart ? [] : [end]), `[${table}]${end}`, line]);
  }
  const { from, to } = section;
  let at = to;
  while (at > from && NOTHING.test(lines[at - 1] ?? "")) at -= 1;
  const hasNothing = at === from;
  const isBeforeHeader = to < lines.length;
  if (hasNothing && !isBeforeHeader) at = to;
  if (hasNothing && isBeforeHeader && table === undefined) {
    // What stands right above a table is about that table.
    at = to;
    while (at > from && (lines[at - 1] ?? "").trim() !== "") at -= 1;
    return whole([...lines.slice(0, at), line, end, ...lines.slice(at)]);
  }
  const isTight = isBeforeHeader && HEADER.test(lines[at] ?? "");
  return whole([...lines.slice(0, at), line, ...(isTight ? [end] : []), ...lines.slice(at)]);
}

/** Returns the comment behind a value, with the space before it. */
function commentOf(line: string, isWhole: (lines: string) => boolean, mayTry: () => boolean): string {
  for (let at = line.indexOf("#"); at !== -1 && mayTry(); at = line.indexOf("#", at + 1)) {
    const before = line.slice(0, at);
    if (isWhole(before)) return line.slice(before.trimEnd().length).trimEnd();
  }
  return "";
}

/** Returns the lines of a table, without its header; undefined if there is no such table. */
function sectionOf(
  lines: readonly string[],
  table: string | undefined,
): { from: number; to: number } | undefined {
  const header = table === undefined ? -1 : lines.findIndex((line) => isHeaderOf(line, table));
  if (table !== undefined && header === -1) return undefined;
  const next = lines.findIndex((line, at) => at > header && HEADER.test(line));
  return { from: header + 1, to: next === -1 ? lines.length : next };
}

function isHeaderOf(line: string, table: string): boolean {
  return new RegExp(`^\\s*\\[\\s*${nameOf(table)}\\s*\\]\\s*(#.*)?$`).test(line);
}

/** Returns a pattern for a name as TOML may write it; names of settings are letters and dashes. */
function nameOf(name: string): string {
  return `(?:${name}|"${name}"|'${name}')`;
}
