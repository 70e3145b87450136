import { openShared } from "../app/compose/open-shared.ts";
import { main } from "./main.ts";
import { AGENT_SESSIONS } from "./surface/surface.ts";

main({ ...AGENT_SESSIONS, openShared });
