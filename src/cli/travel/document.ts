import { resolve } from "node:path";
import type { Context } from "../../app/context.ts";
import { documentOf, secretsIn } from "../../app/travel/document.ts";
import { writeDocument } from "../../app/travel/export.ts";
import { AppError } from "../../domain/errors.ts";
import type { Answer } from "../command.ts";
import { printable } from "../output/table.ts";
import type { ExportFlags } from "./export-flags.ts";

/** Writes a conversation for people, to a file or to standard output. */
export async function exportDocument(
  context: Context,
  {
    file,
    flags,
    ...which
  }: {
    name: string;
    workspace: string;
    agent: string | undefined;
    file: string | undefined;
    flags: ExportFlags;
  },
): Promise<Answer> {
  const document = await documentOf(context, which);
  // A skill is one file, without it.
  const pages = await import("./pages.ts").catch(() => undefined);
  if (pages === undefined)
    throw new AppError("unsupported", "The skill's own program makes no pages.", {
      hint: "Install the whole of it: npm install -g agent-sessions",
    });
  const isRedacted = flags.withSecrets !== true;
  const { document: shown, count } = isRedacted
    ? await pages.redact(document, secretsIn(context))
    : { document, count: 0 };
  const text = flags.html ? pages.htmlOf(shown) : pages.markdownOf(shown);
  const path = file === undefined || file === "-" ? undefined : resolve(context.cwd, file);
  if (path !== undefined) await writeDocument(context, { path, text, replaces: flags.replace });
  const format = flags.html ? "html" : "md";
  const redacted = isRedacted ? count : undefined;
  return {
    json: {
      type: "agent_sessions.exported_document",
      name: document.name,
      format,
      path,
      redacted,
      ...(path === undefined ? { text } : {}),
    },
    text({ out, err }) {
      if (path === undefined) out(text);
      else out(`Wrote ${JSON.stringify(document.name)} to ${printable(path)}.\n`);
      if (redacted !== undefined && redacted > 0)
        err(
          `${redacted === 1 ? "1 secret was" : `${redacted} secrets were`} taken out. No rule finds all of them: read it before you pass it on.\n`,
        );
    },
  };
}
