/** A name points at another conversation than it did when it was looked up, or went away: look it up again. */
export class NameMoved extends Error {}
