const { spawn, spawnSync } = require("node:child_process");
const { appear } = require("./output.cjs");

/** A process that the agent leaves behind: a dev server, a watcher, a daemon. It only sleeps. */
function leaveGrandchild({
  setsid = false,
  sleepMs = 60_000,
  holdStdout = false,
  ignoreSigterm = false,
  pidTo,
}) {
  const trap = ignoreSigterm ? "trap '' TERM INT HUP; " : "";
  const output = holdStdout ? "inherit" : "ignore";
  const child = spawn("/bin/sh", ["-c", `${trap}exec sleep ${sleepMs / 1000}`], {
    // In node's words "detached" is setsid: a group and session that killing the agent's group does not reach.
    detached: setsid,
    stdio: ["ignore", output, output],
  });
  child.unref();
  if (pidTo !== undefined) appear(pidTo, String(child.pid));
}

/** The same as a daemon: the child of a process that is gone, in a session of its own. */
function leaveDaemon({ sleepMs = 60_000, holdStdout = false, ignoreSigterm = false, pidTo }) {
  const trap = ignoreSigterm ? "trap '' TERM INT HUP; " : "";
  const output = holdStdout ? "inherit" : "ignore";
  const script = `(${trap}exec sleep ${sleepMs / 1000}) & echo $! > "$0.new" && mv "$0.new" "$0"`;
  spawnSync("setsid", ["sh", "-c", script, pidTo], { stdio: ["ignore", output, output] });
}

module.exports = { leaveGrandchild, leaveDaemon };
