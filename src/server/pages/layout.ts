import { createHash } from 'node:crypto'
import { html, nothing, type Html } from './html.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** Allows the page's own style and script, by their hashes, and its own frame; nothing else at all. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src '${hashOf(style)}'`,
  `script-src '${hashOf(script)}'`,
  "connect-src 'self'",
  "frame-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** For the HTML part of a caught mail: its inline styles and inlined images, no script, no requests, no way out of its frame. */
export const mailPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ')

/** The policy allows their text to the byte, so no template may put space around it. */
const styleElement: Html = { markup: `<style>${style}</style>` }
const scriptElement: Html = { markup: `<script>${script}</script>` }

/** One whole page. */
export interface Page {
  readonly title: string
  /** Seconds after which a browser without scripts asks again. */
  readonly refreshSeconds?: number
  readonly content: Html
}

/** The page as text. */
export function renderPage({ title, refreshSeconds, content }: Page): string {
  const refresh =
    refreshSeconds === undefined
      ? nothing
      : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${refresh} ${styleElement}
      </head>
      <body>
        <div class="wrap">${content}</div>
        ${scriptElement}
      </body>
    </html> `.markup
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
