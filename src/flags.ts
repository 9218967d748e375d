/** Flags as the command line gives them: text, or lists of text. Absent ones take their default. */
export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

/** The environment, as far as it is read. */
export type Environment = Readonly<Record<string, string | undefined>>
