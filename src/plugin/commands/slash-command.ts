export interface SlashCommand {
  verb: "save" | "list" | "resume";
  /** As it was typed: it is compared and shown, never run. */
  argument: string;
}

/**
 * Our command in a prompt, if it is one. We read what the user typed rather than what the command's text makes
 * of it: no shell and no model is between the keyboard and us, so an argument can be nothing but itself.
 * Codex 0.169.0 has no commands of plugins, and claude -p knows them by their long name only; the short one
 * works in both, as a prompt.
 */
export function readSlashCommand(prompt: string): SlashCommand | undefined {
  const found = /^\s*\/(?:session-persist:)?session-(save|list|resume)(?![\w:-])([\s\S]*)$/.exec(prompt);
  if (found === null) return undefined;
  return { verb: found[1] as SlashCommand["verb"], argument: found[2]?.trim() ?? "" };
}
