/**
 * Text as chat services take it: lines end in `\n`, and there are no other control characters, for JSON can write those only as
 * `\uXXXX`, which WeChat Work and DingTalk refuse with errcode 40033
 * (https://open.work.weixin.qq.com/devtool/query?e=40033). Half a surrogate pair becomes U+FFFD for the same reason.
 */
export function chatText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/gu, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
}

/** The same, and never empty: both services refuse an empty text, and nothing would say that there was an alert. */
export function chatTextOf(text: string, template: string): string {
  const shown = chatText(text)
  return shown.trim() === '' ? `(the template ${template} gave no text)` : shown
}
