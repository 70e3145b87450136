import { openFileStore, scope } from "../stores/open-file-store.ts";

/** Uses a name so many times, as turns do, and points another one at something else now and then: `folder name count`. */
const [folder = "", name = "", count = "0"] = process.argv.slice(2);
const { store } = openFileStore(folder);
for (let n = 0; n < Number(count); n += 1) {
  const usedAt = new Date(Date.UTC(2027, 0, 1) + n * 1000).toISOString();
  await store.update(scope, () => [{ op: "used", name, usedAt }]);
  if (n % 10 !== 9) continue;
  const entry = { name: `${name}-other`, sessionId: String(n) };
  await store.update(scope, () => [{ op: "set", entry, reason: "replace" }]);
}
