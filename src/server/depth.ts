const quote = 0x22
const backslash = 0x5c
/** `[` and `{` differ in this bit only, as do `]` and `}`. */
const curly = 0x20
const opening = 0x7b
const closing = 0x7d

/** Whether JSON text opens more brackets within one another than `levels`; text inside strings does not count. */
export function isDeeperThan(json: Uint8Array, levels: number): boolean {
  let depth = 0
  let inString = false
  for (let place = 0; place < json.length; place += 1) {
    const byte = json[place] ?? 0
    if (byte === quote) inString = !inString
    else if (inString) place += byte === backslash ? 1 : 0
    else if ((byte | curly) === opening) depth += 1
    else if ((byte | curly) === closing) depth -= 1
    if (depth > levels) return true
  }
  return false
}
