const maxShown = 60

/** Text cut so that a Problem stays one readable line. */
export function cut(text: string, length = maxShown): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** A path as Problems spell it: dotted, places in brackets, names that are not plain words quoted in brackets. */
export function formatPath(segments: readonly (string | number)[]): string {
  return segments.map(formatSegment).join('').replace(/^\./, '')
}

function formatSegment(segment: string | number): string {
  if (typeof segment === 'number') return `[${segment}]`
  return /^[\w-]+$/.test(segment) && segment.length <= maxShown ? `.${segment}` : `[${JSON.stringify(cut(segment))}]`
}

/** `a`, `b` and `c`. */
export function listed(names: readonly string[], conjunction: 'and' | 'or'): string {
  const quoted = names.map((name) => `\`${name}\``)
  const last = quoted.at(-1) ?? ''
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} ${conjunction} ${last}`
}

/** What a value is, for people: `a string`, `an object`, `null`. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a number'
    case 'undefined':
      return 'absent'
    default:
      return `a ${typeof value}`
  }
}

const maxNameLength = 64

/** The candidate that `name` was probably meant to be, or undefined when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > maxNameLength) return undefined
  const wanted = name.toLowerCase()
  const reach = Math.max(1, Math.floor(name.length / 3))
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= reach)
    .toSorted((one, other) => one.distance - other.distance)
  return ranked[0]?.candidate
}

/** Insertions, deletions, replacements and swaps of neighbours from one text to the other (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          at(last, column - 1) + (same ? 0 : 1),
          at(last, column) + 1,
          at(current, column - 1) + 1,
          swapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
