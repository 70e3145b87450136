import { Client } from "pg";

/** Lets so many statements through to any server, and cuts the connection of each that comes behind them until `mend`. */
export function cutStatementsAt(statements: number): { mend(): boolean } {
  const original = Client.prototype.query;
  let left = statements;
  let wasCut = false;
  const guarded = function (this: Client, ...args: unknown[]) {
    if (left === 0) {
      wasCut = true;
      const { connection } = this as unknown as { connection: { stream: { destroy(): void } } };
      connection.stream.destroy();
    } else left -= 1;
    return Reflect.apply(original, this, args);
  };
  Client.prototype.query = guarded as typeof original;
  return {
    mend: () => {
      Client.prototype.query = original;
      return wasCut;
    },
  };
}
