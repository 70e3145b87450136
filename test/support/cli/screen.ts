/**
 * What a terminal shows after these bytes, line by line, without colour and the blanks at line ends. It knows
 * what our commands write and no more: anything else throws.
 */
export function screenOf(bytes: string): string[] {
  const lines: string[][] = [[]];
  let column = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const line = lines.at(-1) ?? [];
    const character = bytes.charAt(at);
    if (character === "\r") column = 0;
    else if (character === "\n") lines.push([]);
    else if (character === "\u001b") {
      const sequence = /^\[(\d+)([Km])/.exec(bytes.slice(at + 1));
      if (sequence === null) throw new Error(`Unknown sequence: ${JSON.stringify(bytes.slice(at, at + 8))}`);
      if (sequence[2] === "K") line.fill(" ");
      at += sequence[0].length;
    } else {
      while (line.length < column) line.push(" ");
      line[column] = character;
      column += 1;
    }
  }
  const shown = lines.map((line) => line.join("").trimEnd());
  while (shown.at(-1) === "") shown.pop();
  return shown;
}
