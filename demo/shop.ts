import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FILES = {
  "src/cart.ts": `import { toCents } from "./price.ts";

export function total(prices: number[]): number {
  return prices.reduce((sum, price) => sum + toCents(price), 0);
}
`,
  "src/price.ts": `export function toCents(price: number): number {
  return Math.round(price * 100);
}
`,
};

/** Writes a codebase that is small, but real: the agent reads it with its own tool. Returns its files. */
export function writeShop(workspace: string): string[] {
  return Object.entries(FILES).map(([path, content]) => {
    const file = join(workspace, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  });
}
