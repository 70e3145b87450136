import { spawnSync } from "node:child_process";

/** The words that start a command in a mount namespace of its own; without being root, in a user namespace. */
export const NAMESPACE = process.getuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-rm"];

/** Why nothing can be mounted here, for `skip`; false where it can. */
export const cannotMount: string | false =
  spawnSync(NAMESPACE[0] ?? "", [...NAMESPACE.slice(1), "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0
    ? false
    : "nothing can be mounted here";

/** The words that start a command without a network. */
export const NO_NETWORK = ["unshare", "--net"];

/** Why that can't be done here, for `skip`; false where it can. */
export const cannotCutOff: string | false =
  spawnSync(NO_NETWORK[0] ?? "", [...NO_NETWORK.slice(1), "true"]).status === 0
    ? false
    : "no process can be cut off from the network here";
