/**
 * What a terminal may obey or be fooled by: control characters (C1 among them, 8-bit escape sequences), line separators, marks that
 * turn the direction of writing, and halves of surrogate pairs.
 */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** Text from elsewhere on one line, with everything that a terminal would obey written as JSON writes it: `\u001b`. */
export function printable(text: string): string {
  return text.replace(unprintable, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same in quotation marks, so that where it ends can be seen. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text))
}

/** Labels as people write them in a matcher, in their order: `namespace="red" severity="critical"`. */
export function labelsText(labels: Iterable<readonly [string, string]>): string {
  return Array.from(labels, ([name, value]) => `${printable(name)}=${quoted(value)}`).join(' ')
}

/** At most `length` characters of it, the rest told by an ellipsis. */
export function shortened(text: string, length: number): string {
  const characters = Array.from(text.slice(0, 2 * length + 2))
  return printable(characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text)
}

/** Lines with their cells one below the other; the last column is as wide as it is. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
