/**
 * Checks a value from outside: returns it as a `T`, or undefined when it is none. JSON has no undefined, so
 * the two can't be confused.
 */
export interface Shape<T> {
  (value: unknown): T | undefined;
  /** Whether an object may lack a field of this shape. */
  readonly isOptional?: true;
}

export interface OptionalShape<T> extends Shape<T> {
  readonly isOptional: true;
}

type Fields = Record<string, Shape<unknown>>;
type ValueOf<S> = S extends Shape<infer T> ? T : never;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends OptionalShape<unknown> ? K : never }[keyof F];
type ObjectOf<F> = { [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
  [K in OptionalKeys<F>]?: ValueOf<F[K]>;
};

/** The type that a shape returns. */
export type Read<S> = NonNullable<ValueOf<S>>;

export const anything: Shape<unknown> = (value) => value;
export const text: Shape<string> = (value) => (typeof value === "string" ? value : undefined);
export const number: Shape<number> = (value) => (typeof value === "number" ? value : undefined);
export const flag: Shape<boolean> = (value) => (typeof value === "boolean" ? value : undefined);
/** A count of tokens or an amount of dollars. */
export const amount: Shape<number> = (value) => (typeof value === "number" && value >= 0 ? value : undefined);
export const pid: Shape<number> = (value) =>
  typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;
export const sessionId: Shape<string> = (value) =>
  typeof value === "string" && value !== "" ? value : undefined;

export function literal<const T extends string | number>(wanted: T): Shape<T> {
  return (value) => (value === wanted ? wanted : undefined);
}

export function oneOf<const T extends string>(wanted: readonly T[]): Shape<T> {
  return (value) => wanted.find((one) => one === value);
}

/**
 * A field that may be missing. A field of a wrong type counts as missing: an agent that changes a detail must
 * not cost us the event that contains it.
 */
export function maybe<T>(shape: Shape<T>): OptionalShape<T> {
  return Object.assign((value: unknown) => shape(value), { isOptional: true as const });
}

/** An object with these fields; other fields are left out. */
export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const entries = Object.entries(fields);
  return (value) => {
    if (!isRecord(value)) return undefined;
    const found: Record<string, unknown> = {};
    for (const [key, shape] of entries) {
      const field = Object.hasOwn(value, key) ? shape(value[key]) : undefined;
      if (field !== undefined) found[key] = field;
      else if (shape.isOptional !== true) return undefined;
    }
    return found as ObjectOf<F>;
  };
}

/** An array, all of whose items have the shape. */
export function list<T>(shape: Shape<T>): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const items: T[] = [];
    for (const item of value) {
      const read = shape(item);
      if (read === undefined) return undefined;
      items.push(read);
    }
    return items;
  };
}

/** An object of any shape, unchanged. */
export const record: Shape<Record<string, unknown>> = (value) => (isRecord(value) ? value : undefined);

/** An object that is used as a table: any keys, all values of one shape. */
export function table<T>(shape: Shape<T>): Shape<[key: string, value: T][]> {
  return (value) => {
    if (!isRecord(value)) return undefined;
    const rows: [string, T][] = [];
    for (const [key, cell] of Object.entries(value)) {
      const read = shape(cell);
      if (read === undefined) return undefined;
      rows.push([key, read]);
    }
    return rows;
  };
}

/** An object that is used as a table of texts. */
export const texts: Shape<Record<string, string>> = (value) => {
  const rows = table(text)(value);
  return rows && Object.fromEntries(rows);
};

export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return (value) => first(value) ?? second(value);
}

/** An object that has the fields of two shapes. */
export function both<A extends object, B extends object>(first: Shape<A>, second: Shape<B>): Shape<A & B> {
  return (value) => {
    const left = first(value);
    const right = second(value);
    return left === undefined || right === undefined ? undefined : { ...left, ...right };
  };
}

/**
 * Returns the `type` of a stream value. It decides, before anything else is read, whether we know this kind
 * of value.
 */
export function typeOf(value: unknown): string | undefined {
  return isRecord(value) && typeof value.type === "string" ? value.type : undefined;
}

/** Whether a value is an object and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
