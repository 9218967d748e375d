/** Order by code units: the same on every machine, whatever its locale. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** The same data with every object's fields in order of their names, so that equal data has equal bytes as JSON. */
export function sortFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortFields)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(
    entries.sort(([one], [other]) => compareText(one, other)).map(([name, field]) => [name, sortFields(field)]),
  )
}
