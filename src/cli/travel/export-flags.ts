import type { CommonOptions } from "../options.ts";

export interface ExportFlags extends CommonOptions {
  md?: boolean;
  html?: boolean;
  replace?: boolean;
  withSettings?: boolean;
  withSecrets?: boolean;
}
