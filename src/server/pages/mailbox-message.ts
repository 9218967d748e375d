import { type CaughtMessage } from '../../model/mailbox.ts'
import { html, nothing, type Html } from './html.ts'
import { colourJson } from './colour-json.ts'
import { renderPage } from './layout.ts'
import { chipOf, timeOf } from './mailbox-list.ts'
import { notificationOf, stateOf } from './message-facts.ts'

/** The ways to look at a message. */
export type View = 'html' | 'text' | 'json' | 'headers' | 'raw'

const names: Readonly<Record<View, string>> = {
  html: 'HTML',
  text: 'Text',
  json: 'JSON',
  headers: 'Headers',
  raw: 'Raw',
}

/** The views that this message has, the best first. */
export function viewsOf(message: CaughtMessage): readonly View[] {
  return [
    ...(message.html === '' ? [] : (['html'] as const)),
    ...(message.json === undefined ? [] : (['json'] as const)),
    ...(message.channel === 'email' ? (['text'] as const) : []),
    'headers',
    'raw',
  ]
}

/** `/mailbox/:id`: one message. */
export function renderMessage(message: CaughtMessage, view: View): string {
  const { subject, from, to, path } = message
  const notification = notificationOf(message)
  const title = subject === '' ? '(no subject)' : subject
  return renderPage({
    title,
    content: html`<header>
        <p class="lead"><a href="/mailbox">← Mailbox</a></p>
      </header>
      <h1>${title}</h1>
      <dl class="facts">
        ${fact('State', chipOf(stateOf(message)))}${fact('From', text(from))}
        ${fact(message.channel === 'email' ? 'To' : 'Posted to', text(message.channel === 'email' ? to.join(', ') : path))}
        ${fact('Time', timeOf(message))}${fact('Notification', text(notification, 'mono'))}
      </dl>
      <nav class="tabs" aria-label="View">${viewsOf(message).map((name) => tab(message, name, view))}</nav>
      <main class="panel">${panel(message, view)}</main>`,
  })
}

function fact(name: string, value: Html): Html {
  return value.markup === ''
    ? nothing
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`
}

function text(value: string, className = ''): Html {
  return value === '' ? nothing : html`<span class="${className}">${value}</span>`
}

function tab(message: CaughtMessage, view: View, current: View): Html {
  const mark = view === current ? html` aria-current="page"` : nothing
  return html`<a href="/mailbox/${message.id}?view=${view}" ${mark}>${names[view]}</a>`
}

function panel(message: CaughtMessage, view: View): Html {
  switch (view) {
    case 'html':
      return html`<iframe
        src="/mailbox/${message.id}/html"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        title="The HTML part"
      ></iframe>`
    case 'json':
      return html`<pre>${colourJson(message.json)}</pre>`
    case 'text':
      return html`<pre>${message.text}</pre>`
    case 'raw':
      return html`<pre>${message.raw}</pre>`
    case 'headers':
      return html`<table>
        ${[...message.headers].map(
          ([name, value]) =>
            html`<tr>
              <th>${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </table>`
  }
}
