import { library } from "../cli/open-library.ts";

// Leaves the loop over a turn that goes on: nothing may keep this process from ending.
const [workspace = "", name = ""] = process.argv.slice(2);
const sessions = await library.openSessions({ workspace });
const conversation = await sessions.get(name);
for await (const event of conversation.attach()) {
  console.log(event.type);
  break;
}
