import { dirname, join } from "node:path";
import { quoteWord } from "../../domain/words.ts";
import { removeFile } from "../../system/files/folder.ts";
import { type FlawedEntry, makePrivate, surveyPrivateTree } from "../../system/files/private-tree.ts";
import { DISTRUST, whyDistrusted } from "../../system/files/trust.ts";
import type { ExaminedState } from "./examined.ts";
import { type Finding, foundOr, ok, problem, warning } from "./finding.ts";

const OLD_MS = 86_400_000;

/**
 * Checks that only this user has access to our files. With `isFixing`, repairs the modes of our own files and
 * deletes old temporary files.
 */
export function checkPrivacy(state: ExaminedState): Finding[] {
  const { context, uid, isFixing } = state;
  const { home } = context;
  // A file there is a hard link to the agent's own file, with the mode that the agent gave it.
  const sessions = [home, ...home.workerHomes()].map(({ sessionsRoot }) => `${sessionsRoot}/`);
  const isAgents = (path: string) =>
    path.endsWith("/transcript") && sessions.some((root) => path.startsWith(root));
  const { flaws, temporaries } = surveyPrivateTree(home.path, uid, isAgents);
  const open = flaws.filter(({ flaw }) => flaw === "open");
  const left = isFixing ? open.filter(({ path }) => !makePrivate(path)) : open;
  const findings = flaws.filter(({ flaw }) => flaw !== "open").map(describe);
  if (left.length > 0) {
    const [first] = left;
    const more = left.length === 1 ? "" : ` and ${left.length - 1} more`;
    findings.push(
      warning(
        `Other users may read or write ${first?.path}${more}.`,
        `Mend the modes with: ${context.wording.step("doctor", { fix: true })}`,
      ),
    );
  }
  const isOld = ({ changedMs }: { changedMs: number }) => context.now().getTime() - changedMs > OLD_MS;
  const rests = temporaries.filter(isOld);
  if (isFixing) for (const { path } of rests) removeFile(path);
  const mended = isFixing
    ? ` Fixed ${open.length - left.length} modes, deleted ${rests.length} incomplete files.`
    : "";
  if (!isFixing && rests.length > 0)
    findings.push(
      ok(
        `${rests.length} incomplete files were left behind; no command reads them.`,
        `Remove them with: ${context.wording.step("doctor", { fix: true })}`,
      ),
    );
  return foundOr(findings, `All files are private.${mended}`);
}

function describe({ path, flaw }: FlawedEntry): Finding {
  const texts: Record<FlawedEntry["flaw"], string> = {
    foreign: `${path} belongs to another user; it can't be trusted.`,
    link: `${path} is a symbolic link; nothing is read or written through it.`,
    open: "",
    unreadable: `${path} can't be read.`,
  };
  return problem(
    texts[flaw],
    `Look at it with: ls -ld ${quoteWord(path)}   and move it away if it is not yours.`,
  );
}

/** Checks the folder of the mapping files in the temporary folder: any user could have made it before us. */
export function checkSharedFolder({ store: { viewRoot: root }, uid }: ExaminedState): Finding[] {
  const why = whyDistrusted(root, uid);
  const isMoved = root.endsWith(`-${uid}`);
  if (why === undefined) {
    if (!isMoved) return [ok(`Mapping files are in ${root}.`)];
    const taken = join(dirname(root), "agent-sessions");
    return [
      warning(
        `${taken} belongs to another user, so mapping files are in ${root}, where the original scripts do not find them.`,
        `Have ${taken} removed, or set TMPDIR to a folder of your own.`,
      ),
    ];
  }
  return [
    warning(
      `${root} ${DISTRUST[why]}; no mapping file is kept there, so the original scripts can't see the names.`,
      why === "open"
        ? `If nothing in it is from others, run: chmod go-w ${quoteWord(root)}`
        : "Set TMPDIR to a folder of your own.",
    ),
  ];
}
