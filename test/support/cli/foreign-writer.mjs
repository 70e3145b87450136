// Reads, changes and renames a mapping file without any lock, as the original scripts do: adds a name of its
// own and takes it away again, for as many rounds as it is told.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const [, , path, rounds, pauseMs] = process.argv;
mkdirSync(dirname(path), { recursive: true });

function change(edit) {
  const mapping = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { aliases: {} };
  edit(mapping.aliases);
  writeFileSync(`${path}.tmp.${process.pid}`, JSON.stringify(mapping));
  renameSync(`${path}.tmp.${process.pid}`, path);
}

for (let round = 0; round < Number(rounds); round += 1) {
  const name = `theirs-${round}`;
  change((aliases) => {
    aliases[name] = { session_id: `id-${round}` };
  });
  await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
  change((aliases) => {
    delete aliases[name];
  });
}
