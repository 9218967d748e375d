/** Text of a block; `verbatim` keeps Slack from finding mentions and addresses in it by itself. */
export interface SlackText {
  readonly type: 'mrkdwn'
  readonly text: string
  readonly verbatim: true
}

/** The blocks that are used: https://docs.slack.dev/reference/block-kit/blocks */
export type SlackBlock =
  | { readonly type: 'section'; readonly text: SlackText }
  | { readonly type: 'section'; readonly fields: readonly SlackText[] }
  | { readonly type: 'context'; readonly elements: readonly SlackText[] }

/** Blocks with a coloured bar: https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments */
export interface SlackAttachment {
  readonly color: string
  /** For clients that show no blocks. */
  readonly fallback: string
  readonly blocks: readonly SlackBlock[]
}

/** What a message shows. */
export interface SlackContent {
  /** The message; beside blocks only what notifications and screen readers say. */
  readonly text: string
  readonly blocks?: readonly SlackBlock[]
  readonly attachments?: readonly SlackAttachment[]
}

/** The body of `chat.postMessage`: https://docs.slack.dev/reference/methods/chat.postMessage */
export interface SlackMessage extends SlackContent {
  readonly channel: string
  readonly mrkdwn: true
  /** No value of an alert becomes a mention. */
  readonly link_names: false
  readonly unfurl_links: false
  readonly unfurl_media: false
  /** Lets other apps recognise a message that was sent twice: https://docs.slack.dev/messaging/message-metadata */
  readonly metadata: {
    readonly event_type: 'alert_notification'
    readonly event_payload: { readonly notification: string; readonly part: string }
  }
}

/** A block's text. */
export function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true }
}

export function section(text: string): SlackBlock {
  return { type: 'section', text: mrkdwn(text) }
}

export function context(text: string): SlackBlock {
  return { type: 'context', elements: [mrkdwn(text)] }
}
