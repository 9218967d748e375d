/**
 * What Slack takes in one message. Counted in UTF-16 code units, which are never fewer than the characters that Slack counts, of
 * text that is escaped already.
 */
export const limits = {
  /** Longer texts are cut into several messages by Slack itself: https://docs.slack.dev/reference/methods/chat.postMessage#truncating */
  text: 4_000,
  /** Blocks of one message: https://docs.slack.dev/reference/block-kit/blocks. Those of attachments are counted in. */
  blocks: 50,
  /** The same page of chat.postMessage: at most 100, and more than 20 are advised against. */
  attachments: 20,
  /** https://github.com/slackapi/bolt-python/issues/914: more than 20 are refused as `invalid_attachments`. */
  blocksOfAttachment: 20,
  /** https://docs.slack.dev/reference/block-kit/blocks/section-block */
  sectionText: 3_000,
  /** The same page. */
  fields: 10,
  /** The same page. */
  field: 2_000,
  /**
   * All blocks together; Slack documents no number for `msg_blocks_too_long`. Messages of about 13,200 characters are refused,
   * where a block counts for up to 100 beside its text: https://github.com/slackapi/bolt-js/issues/2509
   */
  message: 12_000,
  /** The same issue. */
  perBlock: 100,
} as const

/**
 * Slack generally allows one message a second to a channel, and short bursts:
 * https://docs.slack.dev/apis/web-api/rate-limits
 */
export const messagesPerSecond = 1

/** The most that this channel spends on the parts of a message, so that the worst of them together stay below the limits. */
export const budget = {
  title: 250,
  titleUrl: 1_500,
  shared: 2_000,
  alertTitle: 300,
  summary: 500,
  description: 700,
  fieldName: 60,
  fieldValue: 200,
  /** What is left of the labels when there are more than Slack takes. */
  moreFields: 400,
  links: 2_000,
  /** Of the alerts that are shown with a line each. */
  lineTitle: 200,
  lineUrl: 300,
} as const
