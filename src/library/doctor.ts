import { openContext } from "../app/compose/open-context.ts";
import { type Checked, examine } from "../app/doctor/examine.ts";
import { checkOptions } from "./check-options.ts";
import type { DoctorOptions } from "./options.ts";
import { surroundings } from "./surroundings.ts";
import { asMethods } from "./wording.ts";

/**
 * Checks the agents and this user's state, and returns the findings in order, each with how to repair it. It
 * also works when `openSessions` fails. It starts no turn and reads no credentials.
 */
export async function doctor(options: DoctorOptions = {}): Promise<Checked[]> {
  const { fix: isFixing = false, ...rest } = checkOptions("doctor", options);
  return examine({
    around: { ...surroundings(rest), wording: asMethods() },
    nodeVersion: process.version,
    openContext,
    isFixing,
  });
}
