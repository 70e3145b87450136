import { openContext } from "../../src/app/compose/open-context.ts";
import type { Context } from "../../src/app/context.ts";
import type { Sandbox } from "./sandbox.ts";

/** The context of a command in a sandbox, for use cases that are called without one. */
export function contextOf({ env, workspace }: Pick<Sandbox, "env" | "workspace">): Context {
  return openContext({
    env,
    cwd: workspace,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: env.HOME,
    notify: () => undefined,
  });
}
