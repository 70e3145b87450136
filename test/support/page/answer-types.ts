import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { REPOSITORY } from "../environment.ts";
import { run } from "../run.ts";
import { tempFolder } from "../temp-folder.ts";

const TSC = join(REPOSITORY, "node_modules/typescript/bin/tsc");
const TYPES = join(REPOSITORY, "src/ui/page/types.ts");

/** As the compiler types a literal that is `as const`. */
const CONSTANT = `type Constant<It> = It extends readonly (infer One)[]
  ? readonly Constant<One>[]
  : It extends object
    ? { readonly [Key in keyof It]: Constant<It[Key]> }
    : It;`;

/**
 * What the compiler says of answers of the server, by the type that the page takes each for. What a type does not name is not
 * looked at.
 */
export async function typeProblems(t: TestContext, answers: Record<string, unknown>): Promise<string[]> {
  const folder = tempFolder(t);
  const checks = Object.entries(answers).map(
    ([type, json], at) =>
      `const answer${at} = ${JSON.stringify(json)} as const;\nexport const taken${at}: Constant<T.${type}> = answer${at};`,
  );
  writeFileSync(
    join(folder, "answers.ts"),
    [`import type * as T from ${JSON.stringify(TYPES)};`, CONSTANT, ...checks].join("\n"),
  );
  const options = ["--noEmit", "--allowImportingTsExtensions", "--pretty", "false"];
  const how = ["--module", "esnext", "--moduleResolution", "bundler", "--target", "es2023", "--types", ""];
  const { stdout } = await run([process.execPath, TSC, ...options, ...how, "answers.ts"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
  });
  return stdout.trim() === "" ? [] : stdout.trim().split(/\n(?=\S)/);
}
