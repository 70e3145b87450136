const TITLE = /\btest\(\s*(?:"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

/** Returns what matches the title of each test of a source; what a title is put together from may be anything. */
export function titlesIn(source: string): RegExp[] {
  return [...source.matchAll(TITLE)].map(([, plain, template = ""]) => {
    const parts = plain === undefined ? template.split(/\$\{[^}]*\}/) : [JSON.parse(`"${plain}"`) as string];
    const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${escaped.join(".*")}$`);
  });
}
