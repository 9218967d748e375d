/**
 * The size of a text in the unit that a provider counts in. It must be additive: the size of two texts put together is the sum of
 * their sizes.
 */
export type Measure = (text: string) => number

/** Bytes of UTF-8. */
export const utf8Bytes: Measure = (text) => Buffer.byteLength(text)

/** UTF-16 code units: what JavaScript, Java and the Windows world call characters. */
export const utf16Units: Measure = (text) => text.length

/** Unicode code points: what Python, Go and most documentation call characters. */
export const characters: Measure = (text) => {
  let count = text.length
  for (let place = 0; place < text.length - 1; place += 1) {
    if (isHigh(text.charCodeAt(place)) && isLow(text.charCodeAt(place + 1))) count -= 1
  }
  return count
}

/** Bytes that the text takes inside a JSON string, the quotes not counted: `"` takes two and U+0001 six. */
export const jsonBytes: Measure = (text) => Buffer.byteLength(JSON.stringify(text)) - 2

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
