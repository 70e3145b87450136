import { statfsSync } from "node:fs";
import { errnoOf, stateError } from "../errors.ts";

/** Where a file system stores its data, as far as it matters here. */
export type FileSystemKind = "local" | "network" | "memory" | "layer" | "unknown";

export interface FileSystem {
  kind: FileSystemKind;
  /** The common name; absent where it is not known. */
  name?: string;
  freeBytes: number;
  /** Free inodes; absent where the file system does not count them. */
  freeFiles?: number;
}

/** The magic numbers of statfs(2) on Linux; other systems use other numbers. */
const KINDS: Record<number, [FileSystemKind, string]> = {
  26985: ["network", "NFS"],
  20859: ["network", "SMB"],
  4283649346: ["network", "CIFS"],
  4266872130: ["network", "SMB2"],
  1397113167: ["network", "AFS"],
  12805120: ["network", "Ceph"],
  198183888: ["network", "Lustre"],
  1196443219: ["network", "GPFS"],
  16914839: ["network", "9p"],
  1702057286: ["network", "FUSE"],
  16914836: ["memory", "tmpfs"],
  2240043254: ["memory", "ramfs"],
  2035054128: ["layer", "overlay"],
  61267: ["local", "ext4"],
  1481003842: ["local", "XFS"],
  2435016766: ["local", "Btrfs"],
  801189825: ["local", "ZFS"],
  4076150800: ["local", "F2FS"],
};

/** Returns the file system that holds a path. @throws AppError `state_unreadable` */
export function fileSystemOf(path: string, platform: string): FileSystem {
  try {
    const { type, bavail, bsize, files, ffree } = statfsSync(path);
    const known = platform === "linux" ? KINDS[type >>> 0] : undefined;
    return {
      kind: known?.[0] ?? "unknown",
      ...(known === undefined ? {} : { name: known[1] }),
      freeBytes: bavail * bsize,
      // Btrfs creates inodes on demand and reports 0 of 0.
      ...(files === 0 ? {} : { freeFiles: ffree }),
    };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw stateError(error, "read", path);
  }
}
