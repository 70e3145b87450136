import { openSandbox, type Sandbox } from "../sandbox.ts";
import { type LoopbackModel, startModel } from "./model.ts";

export interface Loopback {
  model: LoopbackModel;
  sandbox: Sandbox;
  env: Record<string, string>;
  workspace: string;
  close(): Promise<void>;
}

/**
 * A model on loopback and a throw-away place in which agents talk to it: what most tests start with. With `others`, the
 * model of another place, which stops it.
 */
export async function openLoopback(others?: LoopbackModel): Promise<Loopback> {
  const model = others ?? (await startModel());
  const sandbox = openSandbox({ modelUrl: model.url });
  return {
    model,
    sandbox,
    env: sandbox.env,
    workspace: sandbox.workspace,
    close: async () => {
      if (others === undefined) await model.stop();
      sandbox.remove();
    },
  };
}
