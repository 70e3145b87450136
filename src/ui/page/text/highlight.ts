import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

const LANGUAGES = { bash, css, diff, go, java, json, python, rust, sql, typescript, xml, yaml };
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
hljs.registerAliases(["js", "javascript", "jsx", "ts", "tsx", "mjs"], { languageName: "typescript" });
hljs.registerAliases(["sh", "shell", "console", "zsh"], { languageName: "bash" });

/** Longer code is not coloured: it would hold the page up. */
const MOST_CHARACTERS = 50_000;

/** Returns code as HTML, every character of it escaped; undefined where it stays without colours. */
export function highlighted(code: string, language: string): string | undefined {
  if (code.length > MOST_CHARACTERS || hljs.getLanguage(language) === undefined) return undefined;
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}
