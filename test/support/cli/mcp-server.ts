import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Client, type ClientOptions } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { REPOSITORY } from "../environment.ts";
import { FAKE_AGENT } from "../fake-agent/script.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";

export const CLI = join(REPOSITORY, "dist/cli.cjs");
export const ERAS = ["legacy", "auto", { pin: "2026-07-28" }] as const;

export interface Opened {
  sandbox: Sandbox;
  env: Record<string, string>;
  connect(
    flags?: readonly string[],
    mode?: (typeof ERAS)[number],
    options?: ClientOptions & { prepare?(client: Client): void },
  ): Promise<Connected>;
  /** The words that start the server. */
  argv(flags?: readonly string[]): string[];
}

interface Connected {
  client: Client;
  pid: number;
  /** Calls a tool, and returns what it says. */
  call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown> & { isError: boolean }>;
}

/** A place in which the fake agent is the claude on PATH. `cli` is the program that serves. */
export function openMcp(t: TestContext, cli = CLI): Opened {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  const clients: Client[] = [];
  t.after(async () => {
    // A server that is there starts processes, and these write.
    await Promise.all(clients.map((client) => client.close()));
    sandbox.remove();
  });
  const bin = join(sandbox.folder, "bin");
  mkdirSync(bin);
  symlinkSync(FAKE_AGENT, join(bin, "claude"));
  const env = { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` };
  return {
    sandbox,
    env,
    argv: (flags = []) => [process.execPath, cli, "mcp", ...flags],
    async connect(flags = [], mode = "auto", { prepare, ...options } = {}) {
      const client = new Client({ name: "test", version: "1" }, { ...options, versionNegotiation: { mode } });
      prepare?.(client);
      const args = [cli, "mcp", ...flags];
      const transport = new StdioClientTransport({
        command: process.execPath,
        args,
        env,
        cwd: sandbox.workspace,
      });
      await client.connect(transport);
      clients.push(client);
      return {
        client,
        pid: transport.pid ?? assert.fail("it has started"),
        async call(name, args) {
          const { content, isError = false } = await client.callTool({ name, arguments: args });
          const [first] = content;
          return { ...JSON.parse(first?.type === "text" ? first.text : "{}"), isError };
        },
      };
    },
  };
}
