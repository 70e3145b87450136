import type { Usage } from "./usage.ts";

/** What an agent charges for a token of each kind, in dollars; absent for a kind that it has not charged yet. */
export type Prices = Partial<Record<Kind, number>>;

const KINDS = ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"] as const;
type Kind = (typeof KINDS)[number];

/** The prices must explain each sum of dollars that well: a model whose prices have changed has none. */
const MOST_ERROR = 0.01;

/**
 * Returns the prices that explain what an agent has charged: `rows` are tokens of one model with their dollars. The
 * agent's own list of prices need not be known, and stays right when it changes. Undefined if there are too few rows to
 * tell the kinds of tokens apart and to check the result, or if no prices explain them.
 */
export function pricesIn(rows: readonly Usage[]): Prices | undefined {
  const charged = rows.filter(({ costUsd }) => costUsd !== undefined && costUsd > 0);
  const kinds = KINDS.filter((kind) => charged.some((row) => row[kind] > 0));
  if (charged.length <= kinds.length) return undefined;
  const solution = leastSquares(
    // Each row counts alike, however much was charged.
    charged.map((row) => kinds.map((kind) => row[kind] / (row.costUsd ?? 1))),
  );
  if (solution === undefined || solution.some((price) => price < 0)) return undefined;
  const explained = charged.every((row) => {
    const told = kinds.reduce((sum, kind, at) => sum + row[kind] * (solution[at] ?? 0), 0);
    return Math.abs(told - (row.costUsd ?? 0)) <= MOST_ERROR * (row.costUsd ?? 0);
  });
  if (!explained) return undefined;
  return Object.fromEntries(kinds.map((kind, at) => [kind, solution[at]]));
}

/** Returns what makes each row, multiplied by it, as near to 1 as can be; undefined if many would do alike. */
function leastSquares(rows: readonly (readonly number[])[]): number[] | undefined {
  const size = rows[0]?.length ?? 0;
  // Columns of one length, so that what is nearly zero is so in all of them.
  const lengths = Array.from({ length: size }, (_, at) => Math.hypot(...rows.map((row) => row[at] ?? 0)));
  const scaled = rows.map((row) => row.map((value, at) => value / (lengths[at] ?? 1)));
  const matrix = Array.from({ length: size }, (_, left) => [
    ...Array.from({ length: size }, (__, right) =>
      sum(scaled, (row) => (row[left] ?? 0) * (row[right] ?? 0)),
    ),
    sum(scaled, (row) => row[left] ?? 0),
  ]);
  const solution = solve(matrix);
  return solution?.map((value, at) => value / (lengths[at] ?? 1));
}

/** Below this, a pivot of scaled columns says that they can't be told apart. */
const LEAST_PIVOT = 1e-9;

function solve(matrix: number[][]): number[] | undefined {
  const size = matrix.length;
  for (let at = 0; at < size; at += 1) {
    const rest = matrix.slice(at);
    const pivot = rest.reduce((best, row) => (Math.abs(row[at] ?? 0) > Math.abs(best[at] ?? 0) ? row : best));
    const value = pivot[at] ?? 0;
    if (Math.abs(value) < LEAST_PIVOT) return undefined;
    matrix.splice(matrix.indexOf(pivot), 1);
    matrix.splice(
      at,
      0,
      pivot.map((one) => one / value),
    );
    for (const [other, row] of matrix.entries()) {
      const factor = row[at] ?? 0;
      if (other !== at) matrix[other] = row.map((one, column) => one - factor * (matrix[at]?.[column] ?? 0));
    }
  }
  return matrix.map((row) => row[size] ?? 0);
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
