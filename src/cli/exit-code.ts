/** What a verb tells the shell. */
export const exitCode = {
  ok: 0,
  /** The question was answered, and the answer is bad: problems, stale files, no receiver. */
  problems: 1,
  /** The question could not be asked: a wrong flag, an unreadable file, a server that does not answer. */
  usage: 2,
} as const
