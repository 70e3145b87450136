const LOOK_MS = 500;
/** The largest share of the time that checks may take: an agent may have thousands of conversations. */
const SHARE = 0.05;

/** Calls `look` repeatedly until the returned function is called. */
export function lookOften(look: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const lookIn = (ms: number) => {
    timer = setTimeout(() => {
      const begun = performance.now();
      look();
      lookIn(Math.max(LOOK_MS, (performance.now() - begun) / SHARE));
    }, ms);
  };
  lookIn(LOOK_MS);
  return () => clearTimeout(timer);
}
