// Writes to the file that it is given which standard streams are terminals, as `isTerminal` and as Node tell it.
import { writeFileSync } from "node:fs";
import { isTerminal } from "../../../src/system/terminal/is-terminal.ts";

const [file = ""] = process.argv.slice(2);
const DESCRIPTORS = [0, 1, 2] as const;
const told = DESCRIPTORS.map(isTerminal);
const { isatty } = await import("node:tty");
writeFileSync(file, JSON.stringify({ told, asNodeTells: DESCRIPTORS.map((one) => isatty(one)) }));
