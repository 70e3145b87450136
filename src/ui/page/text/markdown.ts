import DOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";
import { highlighted } from "./highlight.ts";
import { plain } from "./plain.ts";

/** Longer answers are shown as they are: to lay them out would hold the page up. */
const MOST_CHARACTERS = 200_000;

const TAGS = [
  ...[
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "ul",
    "ol",
    "li",
    "pre",
    "code",
    "span",
  ],
  ...["strong", "em", "del", "a", "table", "thead", "tbody", "tr", "th", "td"],
];

const marked = new Marked({
  gfm: true,
  renderer: {
    // What an agent writes as HTML is shown as the words that it is.
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    // An image would tell its server that somebody reads this, and in its address whatever the agent knows.
    image: ({ href, text }: Tokens.Image) =>
      `<span>[image: ${escaped(text || "no words")}, ${escaped(href)}]</span>`,
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "\u2611 " : "\u2610 "),
    code({ text, lang = "" }: Tokens.Code) {
      const [language = ""] = lang.split(/\s/);
      return `<pre tabindex="0"><code>${highlighted(text, language.toLowerCase()) ?? escaped(text)}</code></pre>`;
    },
  },
});

/** Returns the Markdown of an agent as elements that can do nothing. */
export function markdown(text: string): Node {
  const shown = plain(text);
  if (shown.length > MOST_CHARACTERS) return asItIs(shown);
  const fragment = DOMPurify.sanitize(htmlOf(shown), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "class", "tabindex", "start"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^https?:\/\//i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll("a")) showTarget(link);
  for (const one of fragment.querySelectorAll("[class]"))
    if (!/^hljs[\w -]*$/.test(one.className)) one.removeAttribute("class");
  return fragment;
}

/** A parser of somebody else's must not keep an answer from being read. */
function htmlOf(text: string): string {
  try {
    return marked.parse(text, { async: false });
  } catch {
    return `<pre>${escaped(text)}</pre>`;
  }
}

/** Makes a link say where it leads, and tell nobody there where it was followed. */
function showTarget(link: HTMLAnchorElement): void {
  const href = link.getAttribute("href");
  if (href === null) return;
  link.rel = "noopener noreferrer";
  link.target = "_blank";
  link.title = href;
  if (link.textContent?.trim() !== href) link.append(` (${href})`);
}

function asItIs(text: string): Node {
  const element = document.createElement("pre");
  element.textContent = text;
  return element;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
