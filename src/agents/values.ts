import * as z from "zod/mini";

/** The `type` of a stream value: what decides, before anything is parsed, whether we know its kind. */
export function typeOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
  return typeof value.type === "string" ? value.type : undefined;
}

/**
 * A field that may be missing. One of a wrong type counts as missing: an agent that changes a detail must
 * not cost us the event that carries it.
 */
export function maybe<S extends z.ZodMiniType>(schema: S) {
  return z.catch(z.optional(schema), undefined);
}

/**
 * A function that gives a value of the wanted shape back as that shape, and undefined for any other. The
 * schema is made when the first value comes: a command that meets no agent pays nothing for it.
 */
export function reader<S extends z.ZodMiniType>(makeSchema: () => S) {
  let schema: S | undefined;
  return (value: unknown): z.infer<S> | undefined => {
    schema ??= makeSchema();
    return schema.safeParse(value).data;
  };
}

/** What a reader gives. */
export type Read<R extends (value: unknown) => unknown> = NonNullable<ReturnType<R>>;

export const text = z.string();
export const number = z.number();
/** A count of tokens or an amount of dollars. */
export const amount = z.number().check(z.nonnegative());
export const sessionId = z.string().check(z.minLength(1));

type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
type WithoutUndefined<T> = Omit<T, OptionalKeys<T>> & {
  [K in OptionalKeys<T>]?: Exclude<T[K], undefined>;
};

/** Leaves out the keys that have no value, so that an absent fact is an absent key. */
export function withoutUndefined<T extends object>(record: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<T>;
}

/** `literal` as the source of a regular expression that matches it and nothing else. */
export function escapeRegExp(literal: string): string {
  return literal.replaceAll(/[^\w-]/g, "\\$&");
}
