import assert from "node:assert/strict";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { AppError } from "../../src/domain/errors.ts";
import { findStoreAddress, parseStoreUrl, withoutStore } from "../../src/stores/store-address.ts";
import { tempFolder } from "../support/temp-folder.ts";

const refusal = (work: () => unknown): AppError => {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "It was not refused." });
};

test("a URL is taken apart, and what is used is what was checked", () => {
  const { tls, ...address } = parseStoreUrl(
    "postgres://al%40ice:p%2Fw@db.example:6432/the%20line?sslmode=verify-full&sslrootcert=/ca.pem",
    "it",
  );
  assert.deepEqual(tls, { rootCertificate: "/ca.pem" });
  assert.deepEqual(address, {
    host: "db.example",
    port: 6432,
    database: "the line",
    user: "al@ice",
    password: "p/w",
    options: undefined,
    shown: "postgres://al@ice@db.example:6432/the line",
  });
});

test("a socket, and this machine, need no TLS", () => {
  for (const url of [
    "postgres://me@%2Ftmp%2Fpg/line",
    "postgres:///line?host=/var/run/postgresql",
    "postgres://me:secret@localhost/line",
    "postgresql://me:secret@127.0.0.1:5433/line?sslmode=disable",
    "postgres://me:secret@[::1]/line",
  ]) {
    const { host, tls } = parseStoreUrl(url, "it");
    assert.ok(host.startsWith("/") || ["localhost", "127.0.0.1", "::1"].includes(host), host);
    assert.equal(tls, undefined);
  }
});

test("what is no safe address of a store is refused in one line, without the password", () => {
  const rows: [url: string, says: RegExp][] = [
    ["a b", /holds no URL/],
    ["mysql://me:secret@localhost/line", /is a URL of mysql:, and the store is on PostgreSQL/],
    ["postgres://me:secret@localhost", /names no database/],
    ["postgres:///line", /names no host/],
    ["postgres://me:secret@db.example/line", /sends a password to db\.example without TLS/],
    ["postgres://me@db.example/line", /sends prompts and answers to db\.example without TLS/],
    ["postgres://me:secret@localhost/line?host=db.example", /sends a password to db\.example without TLS/],
    ["postgres://me:secret@127.0.0.1.example/line", /without TLS/],
    ["postgres://me:secret@db.example/line?sslmode=require", /sslmode=require, which does not make sure/],
    ["postgres://me:secret@db.example/line?sslmode=disable", /sslmode=disable, which does not make sure/],
    ["postgres://me:secret@localhost/line?sslmode=prefer", /sslmode=prefer, which does not make sure/],
    [
      "postgres://me:secret@db.example/line?sslmode=verify-full&ssl=0",
      /the parameter ssl, which is not known/,
    ],
    ["postgres://me:secret@db.example/line?sslmode=verify-full&sslmode=disable", /sslmode twice/],
  ];
  for (const [url, says] of rows) {
    const error = refusal(() => parseStoreUrl(url, "AGENT_SESSIONS_STORE"));
    assert.equal(error.code, "usage", url);
    assert.match(error.message, says, url);
    assert.match(error.message, /^AGENT_SESSIONS_STORE /);
    assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/, url);
  }
});

test("the URL may be in a file that nobody else may read", (t) => {
  const folder = tempFolder(t);
  const [file, link] = [join(folder, "url"), join(folder, "link")];
  const find = (AGENT_SESSIONS_STORE_FILE: string) => findStoreAddress({ AGENT_SESSIONS_STORE_FILE });
  assert.equal(findStoreAddress({}), undefined);
  assert.equal(findStoreAddress({ AGENT_SESSIONS_STORE: "" }), undefined);
  assert.match(refusal(() => find(file)).message, /there is no such file/);
  writeFileSync(file, "\n", { mode: 0o600 });
  assert.match(refusal(() => find(file)).message, /is empty/);
  writeFileSync(file, "postgres://me@localhost/line\n");
  assert.equal(find(file)?.database, "line");
  symlinkSync(file, link);
  assert.equal(find(link)?.database, "line", "a secret of a container is a link");
  chmodSync(file, 0o640);
  assert.match(refusal(() => find(file)).message, /holds a secret, and its mode is 0640/);
  const both = { AGENT_SESSIONS_STORE: "postgres://me@localhost/line", AGENT_SESSIONS_STORE_FILE: file };
  assert.match(refusal(() => findStoreAddress(both)).message, /are both set/);
});

test("nothing in the environment of agents leads to the store", () => {
  const env = { PATH: "/bin", PGHOST: "theirs", AGENT_SESSIONS_HOME: "/h" };
  assert.equal(withoutStore(env), env);
  for (const set of [
    { AGENT_SESSIONS_STORE: "postgres://me:secret@localhost/line", PGPASSWORD: "secret" },
    { AGENT_SESSIONS_STORE_FILE: "/f", AGENT_SESSIONS_STORE_KEY_FILE: "/k", PGPASSFILE: "/p" },
  ])
    assert.deepEqual(withoutStore({ ...env, ...set }), { PATH: "/bin", AGENT_SESSIONS_HOME: "/h" });
  assert.deepEqual(withoutStore({ ...env, AGENT_SESSIONS_STORE_KEY_FILE: "/k" }), env);
});
