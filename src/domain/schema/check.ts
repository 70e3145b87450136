import { dereference, type Schema, type SchemaDraft } from "@cfworker/json-schema";
import { isRecord } from "../shape.ts";
import { keywordProblem, type SubSchema, schemasBelow } from "./keywords.ts";

const DIALECT =
  /^https?:\/\/json-schema\.org\/(?:draft-0(?<number>[467])|draft\/(?<year>2019-09|2020-12))\/schema#?$/;

/** Keywords that may be beside a `$ref` in draft 7 and earlier: no answer is checked against them. */
const BESIDE_REF =
  /^(?:\$ref|\$schema|\$id|id|\$comment|title|description|default|examples?|definitions|\$defs|x-.*)$/;

/** A schema in which every keyword is understood. */
export interface CheckedSchema {
  schema: Schema;
  draft: SchemaDraft;
}

/** Returns the schema, or the first thing in it that no answer can be checked against. */
export function checkSchema(schema: unknown): CheckedSchema | { problem: string } {
  if (!isRecord(schema)) return { problem: "it is not a JSON object" };
  const draft = draftOf(schema);
  if (draft === undefined) return { problem: `its $schema, ${JSON.stringify(schema.$schema)}, is not known` };
  const nodes: Node[] = [];
  const problem = walk({ schema, at: "", isInPlace: true }, draft, nodes) ?? refProblem(schema, nodes);
  return problem === undefined ? { schema, draft } : { problem };
}

function draftOf({ $schema }: Record<string, unknown>): SchemaDraft | undefined {
  // A schema without a dialect is read as tools write it: lists of items as in 2019-09, prefixItems as in
  // 2020-12.
  if ($schema === undefined) return "2020-12";
  const { number, year } = (typeof $schema === "string" ? DIALECT.exec($schema)?.groups : undefined) ?? {};
  if (number !== undefined) return number === "4" ? "4" : "7";
  return year as SchemaDraft | undefined;
}

/** A schema that is an object, and the schemas that apply to the same value. */
interface Node {
  schema: Record<string, unknown>;
  at: string;
  inPlace: unknown[];
}

function walk({ schema, at }: SubSchema, draft: SchemaDraft, nodes: Node[]): string | undefined {
  if (typeof schema === "boolean") return undefined;
  if (!isRecord(schema)) return `${where(at)} is not a schema`;
  const node: Node = { schema, at, inPlace: [] };
  nodes.push(node);
  for (const [keyword, value] of Object.entries(schema)) {
    const below = `${at}/${keyword}`;
    const problem = keywordProblem(keyword, value) ?? misplaced(schema, keyword, at, draft);
    if (problem !== undefined) return `${where(below)} ${problem}`;
    for (const sub of schemasBelow(keyword, value, below)) {
      if (sub.isInPlace) node.inPlace.push(sub.schema);
      const found = walk(sub, draft, nodes);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Returns what is wrong with a known keyword that has no effect at its place. */
function misplaced(
  schema: Record<string, unknown>,
  keyword: string,
  at: string,
  draft: SchemaDraft,
): string | undefined {
  const isOld = draft === "4" || draft === "7";
  if (keyword === "id" && draft !== "4") return "is a keyword only in draft 4. Did you mean $id?";
  if (keyword === "$schema" && at !== "") return "is allowed only at the top level";
  if (keyword === "additionalItems" && !Array.isArray(schema.items))
    return "has no effect without a list of items";
  if (/^exclusiveM(in|ax)imum$/.test(keyword)) {
    const isFlag = typeof schema[keyword] === "boolean";
    if (isFlag !== (draft === "4")) return draft === "4" ? "must be true or false" : "must be a number";
  }
  if (isOld && schema.$ref !== undefined && !BESIDE_REF.test(keyword))
    return "is next to a $ref, where this $schema ignores it";
  return undefined;
}

function refProblem(schema: Schema, nodes: readonly Node[]): string | undefined {
  let lookup: Record<string, unknown>;
  try {
    lookup = dereference(schema);
  } catch (error) {
    return `its references can't be followed: ${error instanceof Error ? error.message : String(error)}`;
  }
  const known = new Set<unknown>(nodes.map((node) => node.schema));
  for (const { schema: one, at, inPlace } of nodes) {
    if (one.$ref === undefined) continue;
    const target = lookup[String(one.__absolute_ref__)];
    if (!known.has(target) && typeof target !== "boolean")
      return `${where(`${at}/$ref`)} is ${JSON.stringify(one.$ref)}, which is not in the schema`;
    inPlace.push(target);
  }
  const endless = findCircle(nodes);
  return endless === undefined ? undefined : `${where(endless.at)} refers to itself endlessly`;
}

/** Finds a schema that would apply to the same value again and again, for ever. */
function findCircle(nodes: readonly Node[]): Node | undefined {
  const bySchema = new Map<unknown, Node>(nodes.map((node) => [node.schema, node]));
  const done = new Set<Node>();
  const onWay = new Set<Node>();
  const visit = (node: Node): Node | undefined => {
    if (done.has(node)) return undefined;
    if (onWay.has(node)) return node;
    onWay.add(node);
    for (const next of node.inPlace) {
      const found = bySchema.get(next);
      const circle = found === undefined ? undefined : visit(found);
      if (circle !== undefined) return circle;
    }
    onWay.delete(node);
    done.add(node);
    return undefined;
  };
  for (const node of nodes) {
    const circle = visit(node);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function where(at: string): string {
  return at === "" ? "it" : `#${at}`;
}
