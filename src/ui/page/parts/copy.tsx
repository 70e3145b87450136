import { useState } from "preact/hooks";

/** A command to be typed elsewhere. */
export function Copy({ command, what }: { command: string; what: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="copy">
      <code>{command}</code>
      <button type="button" class="button" aria-label={`Copy the command that ${what}`} onClick={copy}>
        {isCopied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}
