/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const families: readonly { readonly base: bigint; readonly suffixes: readonly string[] }[] = [
  { base: 1_000n, suffixes: ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] },
  { base: 1_024n, suffixes: ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] },
]

/**
 * A quantity as the API server writes it: with the largest suffix that leaves a whole number, `1` for `1000m`. An apply of the
 * other notation is stored anew although nothing differs. Fractions and exponents stay as they are; numbers become text, which
 * older servers insist on.
 */
export function canonicalQuantity(written: number | string): string {
  const text = String(written)
  const [, digits, suffix = ''] = /^(\d+)([A-Za-z]*)$/u.exec(text) ?? []
  const family = families.find(({ suffixes }) => suffixes.includes(suffix))
  if (digits === undefined || family === undefined) return text
  let amount = BigInt(digits)
  let place = family.suffixes.indexOf(suffix)
  if (amount === 0n) return '0'
  while (amount % family.base === 0n && place < family.suffixes.length - 1) {
    amount /= family.base
    place += 1
  }
  return `${amount}${family.suffixes[place] ?? ''}`
}

/** The same of every value. */
export function canonicalQuantities(
  amounts: Readonly<Record<string, number | string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  if (amounts === undefined) return undefined
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, canonicalQuantity(amount)]))
}
