/** Something that the reader has to change before anything can be compared. Its message is for people; exit code 2. */
export class UsageError extends Error {}
