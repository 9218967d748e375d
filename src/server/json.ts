/** JSON of model values: Maps become objects whose own properties are their pairs, `__proto__` included. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, (_name, item: unknown) => (item instanceof Map ? fromPairs(item) : item))}\n`
}

function fromPairs(pairs: ReadonlyMap<string, unknown>): object {
  return Object.fromEntries(pairs)
}
