/** Asks a question at the keyboard; false unless the line that is typed begins with y. */
export async function confirm(question: string, print: (text: string) => void): Promise<boolean> {
  print(`${question} [y/N] `);
  let typed = "";
  for await (const chunk of process.stdin) {
    typed += String(chunk);
    if (typed.includes("\n")) break;
  }
  process.stdin.pause();
  return /^\s*y/i.test(typed);
}
