import { type CaughtMessage } from '../../model/mailbox.ts'
import { html, nothing, type Html } from './html.ts'
import { notificationOf, stateOf } from './message-facts.ts'
import { renderPage } from './layout.ts'

/** What is listed, and how it was chosen. */
export interface MailboxList {
  readonly messages: readonly CaughtMessage[]
  readonly to: string
  readonly channel: CaughtMessage['channel'] | undefined
}

const channels = [
  { value: undefined, name: 'All' },
  { value: 'email', name: 'Mail' },
  { value: 'http', name: 'HTTP' },
] as const

/** `/mailbox`: every message, newest first. */
export function renderMailboxList(list: MailboxList): string {
  const { messages, to } = list
  const count = messages.length === 1 ? '1 message' : `${messages.length} messages`
  const newest = messages[0]?.id ?? ''
  return renderPage({
    title: `Mailbox (${messages.length})`,
    refreshSeconds: 5,
    content: html`<header>
        <h1>Mailbox</h1>
        <p class="lead">${count} caught on this machine instead of being sent</p>
      </header>
      <form class="tools" action="/mailbox" role="search">
        <input
          type="search"
          name="to"
          value="${to}"
          placeholder="Filter by recipient"
          aria-label="Filter by recipient"
        />
        ${list.channel === undefined ? nothing : html`<input type="hidden" name="channel" value="${list.channel}" />`}
        <nav aria-label="Channel">${channels.map((channel) => channelLink(channel, list))}</nav>
        <button type="button" id="clear" hidden>Clear</button>
      </form>
      <main data-state="${newest} ${messages.length}">
        ${
          messages.length === 0
            ? emptyNote(list)
            : html`<ul class="list">
                ${messages.map(row)}
              </ul>`
        }
      </main>`,
  })
}

function channelLink({ value, name }: (typeof channels)[number], { to, channel }: MailboxList): Html {
  const query = new URLSearchParams({
    ...(to === '' ? {} : { to }),
    ...(value === undefined ? {} : { channel: value }),
  })
  const href = query.size === 0 ? '/mailbox' : `/mailbox?${query.toString()}`
  return html`<a href="${href}" ${channel === value ? html` aria-current="page"` : nothing}>${name}</a>`
}

function row(message: CaughtMessage): Html {
  const state = stateOf(message)
  const notification = notificationOf(message)
  return html`<li>
    <a class="row ${state}" href="/mailbox/${message.id}">
      <span class="subject">${message.subject === '' ? '(no subject)' : message.subject}</span>
      ${timeOf(message)}
      <span class="to">${recipients(message.to)}</span>
      <span class="chips"
        >${chipOf(state)}<span class="chip">${message.channel === 'email' ? 'mail' : 'http'}</span>${
          notification === ''
            ? nothing
            : html`<span class="chip mono" title="Notification ${notification}">${notification.slice(0, 8)}</span>`
        }</span
      >
    </a>
  </li> `
}

function recipients(to: readonly string[]): string {
  const shown = to.slice(0, 3).join(', ')
  return to.length > 3 ? `${shown} and ${to.length - 3} more` : shown
}

function emptyNote({ to, channel }: MailboxList): Html {
  if (to !== '' || channel !== undefined)
    return html`<p class="empty">No message matches. <a href="/mailbox">Show all</a></p>`
  return html`<p class="empty">
    Nothing has been sent yet.<br />Post alerts to <code class="mono">/api/v2/alerts</code>, and what the receivers are
    told appears here.
  </p>`
}

/** The state as a chip, when there is one. */
export function chipOf(state: ReturnType<typeof stateOf>): Html {
  return state === 'other' ? nothing : html`<span class="chip ${state}">${state}</span>`
}

/** When it was caught; the page's script turns it into the reader's own time. */
export function timeOf({ at }: CaughtMessage): Html {
  const iso = new Date(at).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}
