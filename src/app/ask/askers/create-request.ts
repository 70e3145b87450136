import type { Budget } from "../../../domain/budget/budget.ts";
import type { NameEntry, NameScope } from "../../../domain/names/name.ts";
import type { Beginning } from "../../../stores/file/turns/plan.ts";
import type { TurnOptions } from "../../turn/plan.ts";
import type { RequestId } from "../request-id.ts";

export interface CreateRequest extends TurnOptions {
  name: string;
  agent: string;
  /** Absolute, with symbolic links resolved. */
  workspace: string;
  /** Without one, the smallest possible first turn is made. */
  prompt?: string | undefined;
  roleText?: string | undefined;
  /** For a fork: whether the parent's role was changed after that conversation began. */
  isRoleChanged?: boolean | undefined;
  /**
   * The scope of a name that is taken byte for byte, even one that `parseName` refuses. Default: the
   * workspace's own names, where names that look the same are one name.
   */
  scope?: NameScope | undefined;
  /** Default: `new`. */
  begins?: Beginning | undefined;
  /** If a request of this id was made before for this name, return what came of it instead of asking again. */
  request?: RequestId | undefined;
  /** How long a keeper keeps an agent ready after the turn. Default: it does not. */
  keepWarmMs?: number | undefined;
  /** How much the name may use. Default: what a name that it replaces may use, else no budget. */
  budget?: Budget | undefined;
  /** For one that begins in place of a lost conversation, whose name may have used up its budget. */
  overBudget?: boolean | undefined;
  /** For a new conversation. Default: `fail`. */
  ifExists?: "fail" | "replace" | "keep" | undefined;
}

/** The turn of a create, or the entry of the name that it kept. */
export type Created<T> = { created: true; turn: T } | Existing;

export interface Existing {
  created: false;
  entry: NameEntry;
}
