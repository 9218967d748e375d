/** One directive of a format: `%-10.3s`. */
export interface Spec {
  readonly verb: string
  readonly minus: boolean
  readonly plus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  /** `%+v`: the fields of a struct with their names. */
  readonly named: boolean
  readonly width: number | undefined
  readonly precision: number | undefined
  /** Takes what a padding or an expansion is going to cost from the rendering's memory. */
  readonly charge: (units: number) => void
}

/** The directive that prints a value as `{{ . }}` does. */
export function plainSpec(charge: (units: number) => void): Spec {
  return { ...flags, verb: 'v', width: undefined, precision: undefined, charge }
}

const flags = { minus: false, plus: false, sharp: false, space: false, zero: false, named: false }

/** Fills up to the width, counted in characters. */
export function pad(text: string, spec: Spec, withZeros = spec.zero): string {
  const missing = (spec.width ?? 0) - (spec.width === undefined ? 0 : countCharacters(text))
  if (missing <= 0) return text
  spec.charge(missing)
  if (spec.minus) return text + ' '.repeat(missing)
  return (withZeros ? '0' : ' ').repeat(missing) + text
}

/** Characters as Go counts them: code points. */
export function countCharacters(text: string): number {
  let count = 0
  for (let place = 0; place < text.length; place += 1) {
    const unit = text.charCodeAt(place)
    if (unit < 0xdc00 || unit > 0xdfff) count += 1
  }
  return count
}
