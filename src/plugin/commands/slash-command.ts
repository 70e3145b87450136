export interface SlashCommand {
  verb: "save" | "list" | "resume";
  /** The argument as it was typed. It is compared and shown, never run. */
  argument: string;
}

/**
 * Returns our command if the prompt is one. We read what the user typed, not the text that the command
 * expands to: no shell and no model comes between the keyboard and us, so an argument is only data. Codex
 * 0.169.0 has no plugin commands, and claude -p knows them only by their long name; the short name works in
 * both, as a prompt.
 */
export function readSlashCommand(prompt: string): SlashCommand | undefined {
  const found = /^\s*\/(?:session-persist:)?session-(save|list|resume)(?![\w:-])([\s\S]*)$/.exec(prompt);
  if (found === null) return undefined;
  return { verb: found[1] as SlashCommand["verb"], argument: found[2]?.trim() ?? "" };
}
