// Loaded with `node --import`: what the program sees as now is so many milliseconds away from the real time.
// The files that it meets keep the times of the real clock, as they do when a clock has been set.
const shiftMs = Number(process.env.SHIFT_CLOCK_MS ?? "0");
const RealDate = Date;

globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
