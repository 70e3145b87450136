import { StateHome } from "../../../src/stores/file/home.ts";
import { FileSessionFolder } from "../../../src/stores/file/sessions/folder.ts";

/** Appends its mark to the role of a conversation so many times: `folder mark count`. */
const [folder = "", mark = "", count = "0"] = process.argv.slice(2);
const session = new FileSessionFolder(
  { agent: "claude", sessionId: "1" },
  new StateHome(folder),
  () => new Date(),
  () => Promise.reject(new Error("the worker changes no names")),
);
for (let at = 0; at < Number(count); at += 1)
  await session.changeRecord((record) => ({ ...record, roleText: `${record.roleText}${mark}` }));
