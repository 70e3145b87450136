import { type Checked, examine } from "../../app/doctor/examine.ts";
import { checkOptions } from "../check-options.ts";
import type { DoctorOptions } from "../options.ts";
import { surroundings } from "../surroundings.ts";

/**
 * Looks at all that can be wrong with the agents and with the state of this user, and says how to mend it, one
 * finding after the other. It works where `openSessions` fails, starts no turn, asks no network and reads no
 * credentials.
 */
export async function doctor(options: DoctorOptions = {}): Promise<Checked[]> {
  const { fix: isFixing = false, ...rest } = checkOptions("doctor", options);
  return examine({ around: surroundings(rest), nodeVersion: process.version, isFixing });
}
