const { renameSync, writeFileSync, writeSync } = require("node:fs");

/**
 * Writes all of it before it returns, also into a full pipe: what a fake is told to say before it dies by a
 * signal must be out by then.
 */
function put(descriptor, text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (error.code === "EPIPE") process.exit(1);
      if (error.code !== "EAGAIN") throw error;
      pause(1);
    }
  }
}

function putLines(lines) {
  if (lines.length > 0) put(1, `${lines.join("\n")}\n`);
}

/** Writes a file that a test waits for: once it is there, it is whole. */
function appear(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Blocks the thread. Only for moments in which no signal must come between. */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

module.exports = { appear, put, putLines };
