/** Compares texts as Go does, by the bytes of their UTF-8: JavaScript's own order differs above U+FFFF. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let place = 0; place < length; place += 1) {
    const one = left.charCodeAt(place)
    const other = right.charCodeAt(place)
    if (one !== other) return rank(one) - rank(other)
  }
  return left.length - right.length
}

/** Surrogates stand for characters above U+FFFF, so they come after everything else. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
