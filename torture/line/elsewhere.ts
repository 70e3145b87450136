import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverUser } from "../../test/support/postgres/binaries.ts";
import type { ServerOptions } from "../../test/support/postgres/server.ts";
import { runOrThrow } from "./cut.ts";

/** What a server needs to be asked from another machine, which is with TLS alone. */
export interface Elsewhere {
  options: ServerOptions;
  /** Its address there. */
  url(database: string): string;
  remove(): void;
}

export async function elsewhere(host: string): Promise<Elsewhere> {
  const folder = mkdtempSync(join(tmpdir(), "tls-"));
  chmodSync(folder, 0o755);
  const [certificate, key, rules] = ["server.crt", "server.key", "hba"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  runOrThrow([
    ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=torture"],
    ...["-keyout", key, "-out", certificate, "-addext", `subjectAltName=IP:${host}`],
  ]);
  chmodSync(key, 0o600);
  writeFileSync(rules, `local all all trust\nhostssl all all ${host}/30 trust\n`);
  const { uid, gid } = serverUser();
  if (uid !== undefined && gid !== undefined)
    for (const path of [key, certificate, rules]) chownSync(path, uid, gid);
  const port = await freePort(host);
  const settings = [
    ...[`listen_addresses=${host}`, `hba_file=${rules}`],
    ...["ssl=on", `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`],
  ];
  return {
    options: { port, settings },
    url: (database) =>
      `postgres://postgres@${host}:${port}/${database}?sslmode=verify-full&sslrootcert=${encodeURIComponent(certificate)}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No port was given.");
  return address.port;
}
