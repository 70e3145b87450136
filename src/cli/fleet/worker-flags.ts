export interface WorkerFlags {
  concurrency?: string;
  agents?: string;
  workspace?: string[];
  maxAccess?: string;
  allowAgentArgs?: boolean;
  onLost?: string;
  lease?: string;
  grace?: string;
  json?: boolean;
}
