#!/usr/bin/env -S node --
"use strict";
// The two dashes in the first line keep Node 20 from reading our own --env-file as its option of that name,
// wherever it stands.
// This file starts the program, which is beside it or, in a skill, inside it. It uses V8's compiled code of
// the program, which is cached in the user's cache folder: that saves a third of our start-up. Node 22.1 can
// do this itself. For Node 20, and for a program inside this file, it is done here. If anything is wrong with
// the cache, the program starts without it.
const nodeModule = require("node:module");
const { dirname, join } = require("node:path");

const PROGRAM = join(__dirname, __PROGRAM__);
/** The program's text, if it is part of this file. */
const SOURCE = __SOURCE__;
const BUILD = __BUILD__;
/**
 * The cache contains only the functions that a command has called, so each command has a cache of its own,
 * and so has a command with --detach.
 */
const VERB = /^(?:__)?[a-z][a-z-]*$/.exec(process.argv[2] ?? "")?.[0] ?? "";
const FORM = process.argv.includes("--detach") ? `${VERB}-detached` : VERB;

function cacheFolder() {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const base = XDG_CACHE_HOME?.startsWith("/")
    ? XDG_CACHE_HOME
    : HOME?.startsWith("/")
      ? join(HOME, ".cache")
      : undefined;
  return base === undefined ? undefined : join(base, "agent-sessions", FORM);
}

/** Whether the folder exists or was made now, and only this user may write to it: compiled code is code. */
function isOurs(fs, folder) {
  try {
    const root = FORM === "" ? folder : dirname(folder);
    return [dirname(root), root, folder].every((path, index) => {
      // Not `recursive`: in Node 20.20 that never returns if a parent exists but accepts no entries, like
      // /proc.
      if (!fs.existsSync(path)) fs.mkdirSync(path, { mode: 0o700 });
      const { uid, mode } = fs.statSync(path);
      return index === 0 || (uid === process.getuid() && (mode & 0o022) === 0);
    });
  } catch {
    return false;
  }
}

const folder = process.env.AGENT_SESSIONS_NO_CACHE ? undefined : cacheFolder();
if (SOURCE === undefined && folder === undefined) require(PROGRAM);
else if (SOURCE === undefined && nodeModule.enableCompileCache !== undefined) {
  if (isOurs(require("node:fs"), folder)) nodeModule.enableCompileCache(folder);
  require(PROGRAM);
} else startFromCache(folder);

function startFromCache(folder) {
  const fs = require("node:fs");
  const { Script } = require("node:vm");
  const path = folder && join(folder, `${BUILD}-${process.version}-${process.arch}.v8`);
  // The build leaves only characters of this encoding in the program; with it the file is read in half the
  // time.
  const source = SOURCE ?? fs.readFileSync(PROGRAM, "latin1");
  const cachedData = path && read(fs, path);
  const script = new Script(nodeModule.wrap(source), { filename: PROGRAM, cachedData });
  if (path !== undefined && (cachedData === undefined || script.cachedDataRejected)) {
    // Written at the end, when the functions that a command really needs have been compiled too. A command
    // that fails or only prints its help has not called most of them, and a cache that exists is not written
    // again.
    const isWhole = (code) => code === 0 && !process.argv.some((word) => word === "--help" || word === "-h");
    process.once("exit", (code) => isWhole(code) && write(fs, folder, path, script.createCachedData()));
  }
  const main = new nodeModule(PROGRAM, module);
  main.filename = PROGRAM;
  script
    .runInThisContext()
    .call(main.exports, main.exports, nodeModule.createRequire(PROGRAM), main, PROGRAM, __dirname);
}

function read(fs, path) {
  let descriptor;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    const { uid, mode } = fs.fstatSync(descriptor);
    // Compiled code is code: run it only if this user wrote it and no other user may read or write the file.
    if (uid !== process.getuid() || (mode & 0o077) !== 0) return undefined;
    const bytes = fs.readFileSync(descriptor);
    // V8 checks nothing but the first bytes of what it is given, and a torn file ends the process. So the file has the code
    // twice: a checksum of all of it would take 4 ms, with a module of Node or in JavaScript, and this takes 0.4 ms. It guards
    // against accidents alone: whoever could write the file could write anything.
    const code = bytes.subarray(0, bytes.length >> 1);
    return code.length > 0 && code.equals(bytes.subarray(code.length)) ? code : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

function write(fs, folder, path, code) {
  try {
    if (!isOurs(fs, folder)) return;
    const temporary = `${path}.${process.pid}`;
    fs.writeFileSync(temporary, Buffer.concat([code, code]), { flag: "wx", mode: 0o600 });
    fs.renameSync(temporary, path);
    const monthAgoMs = Date.now() - 30 * 86_400_000;
    for (const name of fs.readdirSync(folder)) {
      const old = join(folder, name);
      if (name.endsWith(".v8") && old !== path && fs.statSync(old).mtimeMs < monthAgoMs) fs.unlinkSync(old);
    }
  } catch {
    // The disk is full or the home folder is read-only; the next start tries again.
  }
}
