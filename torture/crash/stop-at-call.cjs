"use strict";
// Loaded with `node --require` into a command under test, which it kills before its n-th step towards the disk,
// the agent or the reader. The program itself knows nothing of it: it takes the functions as it finds them.
const fs = require("node:fs");
const childProcess = require("node:child_process");
const { Socket } = require("node:net");
const { basename } = require("node:path");

const { STOP_IN, STOP_AT, STOP_STEPS_TO } = process.env;
const { appendFileSync, readlinkSync } = fs;
const stopAt = STOP_AT === "gate" ? Number.POSITIVE_INFINITY : Number(STOP_AT);
let steps = 0;

/** Says on the disk what comes, so that it is known what the last step would have been. */
function step(call, subject) {
  steps += 1;
  if (stopAt !== 0 && steps !== stopAt) return;
  appendFileSync(STOP_STEPS_TO, `${call} ${subject}\n`);
  if (steps === stopAt) process.kill(process.pid, "SIGKILL");
}

function subjectOf(target) {
  if (typeof target === "string") return basename(target);
  try {
    return basename(readlinkSync(`/proc/self/fd/${target}`));
  } catch {
    return String(target);
  }
}

function wrap(owner, call, subject, isStep = () => true) {
  const original = owner[call];
  owner[call] = function stepped(...args) {
    if (isStep(...args)) step(call, subject(...args));
    return original.apply(this, args);
  };
}

if (process.argv[2] === STOP_IN) {
  const calls = [
    "writeSync",
    "fsyncSync",
    "linkSync",
    "unlinkSync",
    "mkdirSync",
    "rmdirSync",
    "rmSync",
    "utimesSync",
  ];
  for (const call of calls) wrap(fs, call, subjectOf);
  wrap(fs, "renameSync", (_, to) => subjectOf(to));
  wrap(fs, "openSync", subjectOf, (_, flags = 0) => flags !== "r" && (flags & 3) !== fs.constants.O_RDONLY);
  wrap(childProcess, "spawn", (file, args = []) => [file, ...args].map((word) => basename(word)).at(-1));
  wrap(Socket.prototype, "end", () => "gate");
  const { end } = Socket.prototype;
  Socket.prototype.end = function endThenStop(...args) {
    end.apply(this, args);
    if (STOP_AT === "gate") process.kill(process.pid, "SIGKILL");
    return this;
  };
}
