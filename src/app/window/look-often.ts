const LOOK_MS = 500;
/** Looking takes no more of the time than this: an agent may have thousands of conversations. */
const SHARE = 0.05;

/** Looks again and again until the function that it returns is called. */
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
