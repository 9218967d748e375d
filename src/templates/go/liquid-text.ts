const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }

/** A text as a Liquid literal. What would end the tag around it is written by its code. */
export function quoteLiquid(text: string): string {
  const escaped = text.replace(/[\0-\u001f\u007f-\u009f\u2028\u2029"\\]/g, (character) => {
    if (Object.hasOwn(short, character)) return short[character] ?? ''
    return unicodeEscape(character)
  })
  return `"${escaped.replace(/(?<=[%}])\}/g, unicodeEscape)}"`
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
