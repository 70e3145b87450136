/** Leaves the working folder of this process, so that it can be unmounted. Relative paths mean nothing from then on. */
export function leaveFolder(): void {
  process.chdir("/");
}
