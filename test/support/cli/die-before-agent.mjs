// Loaded with `node --import`: the command dies by SIGKILL at the moment in which it would put its agent on record.
import fs from "node:fs";

const open = fs.openSync;
fs.openSync = (path, flags, mode) => {
  const isWriting = typeof flags === "number" && (flags & fs.constants.O_WRONLY) !== 0;
  const isNew = isWriting && (flags & fs.constants.O_CREAT) !== 0;
  if (isWriting && !isNew && String(path).endsWith("/agent.json")) process.kill(process.pid, "SIGKILL");
  return open(path, flags, mode);
};
