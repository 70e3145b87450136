import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { REPOSITORY } from "./environment.ts";

/** The files of `src/` or `test/` that end in `.ts` or `.tsx`, by their path below it. */
export function sourceFiles(folder: "src" | "test"): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.tsx?$/.test(file) && !file.includes("node_modules"),
  );
}

/** What a file of `src/` imports: its own files by their path below `src/`, others by their name. */
export function importsOf(file: string): string[] {
  const text = readFileSync(join(REPOSITORY, "src", file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier = ""]) =>
    specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier,
  );
}
