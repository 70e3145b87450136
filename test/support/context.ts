import { openContext } from "../../src/app/compose/open-context.ts";
import type { Context } from "../../src/app/context.ts";
import type { Surroundings } from "../../src/app/surroundings.ts";
import type { Sandbox } from "./sandbox.ts";

/** The context of a command in a sandbox, for use cases that are called without one. */
export function contextOf(
  { env, workspace }: Pick<Sandbox, "env" | "workspace">,
  more: Partial<Surroundings> = {},
): Context {
  return openContext({
    env,
    cwd: workspace,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: env.HOME,
    notify: () => undefined,
    ...more,
  });
}

/** The same over a store that machines share, which `openShared` opens. */
export function contextOverStore(
  { env, workspace }: Pick<Sandbox, "env" | "workspace">,
  openShared: NonNullable<Surroundings["openShared"]>,
): Context {
  const store = "postgres://nobody@localhost/nowhere";
  return contextOf({ env: { ...env, AGENT_SESSIONS_STORE: store }, workspace }, { openShared });
}
