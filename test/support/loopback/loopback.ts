import { openSandbox, type Sandbox } from "../sandbox.ts";
import { type LoopbackModel, startModel } from "./model.ts";

export interface Loopback {
  model: LoopbackModel;
  sandbox: Sandbox;
  env: Record<string, string>;
  workspace: string;
  close(): Promise<void>;
}

/** A model on loopback and a throw-away place in which agents talk to it: what most tests start with. */
export async function openLoopback(): Promise<Loopback> {
  const model = await startModel();
  const sandbox = openSandbox({ modelUrl: model.url });
  return {
    model,
    sandbox,
    env: sandbox.env,
    workspace: sandbox.workspace,
    close: async () => {
      await model.stop();
      sandbox.remove();
    },
  };
}
