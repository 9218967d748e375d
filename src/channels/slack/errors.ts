import { type DeliveryReason } from '../../model/delivery.ts'

/** What an error of Slack means for a delivery. */
export interface SlackError {
  readonly outcome: 'retry' | 'failed'
  readonly reason: DeliveryReason
  /** What somebody can do about it. */
  readonly remedy?: string
}

const newToken = 'put a valid bot token of the Slack app into the Secret'
const askAdmin = 'ask an administrator of the workspace to let the app post'
const invite = 'invite the app to the channel with /invite, or mend the name of the channel'
const channelRights = 'let the app post to the channel, or name another one'
const ours = 'this is a defect of Notification Manager unless a template or a relay changed the message'

const auth = (remedy: string): SlackError => ({ outcome: 'failed', reason: 'authError', remedy })
const client = (remedy: string): SlackError => ({ outcome: 'failed', reason: 'clientError', remedy })
const limited: SlackError = { outcome: 'retry', reason: 'rateLimited' }
const trouble: SlackError = { outcome: 'retry', reason: 'serverError' }

/**
 * The errors of `chat.postMessage`, from https://docs.slack.dev/reference/methods/chat.postMessage#errors unless a line says
 * otherwise. What passes by itself is retried; what somebody must mend is final, so that it does not hold up what comes after it.
 */
export const slackErrors: ReadonlyMap<string, SlackError> = new Map([
  // Too much: https://docs.slack.dev/apis/web-api/rate-limits
  ['ratelimited', limited],
  ['rate_limited', limited],
  ['message_limit_exceeded', limited],

  // Slack is not well, or the workspace is being moved.
  ['fatal_error', trouble],
  ['internal_error', trouble],
  ['service_unavailable', trouble],
  ['request_timeout', trouble],
  ['team_added_to_org', trouble],
  ['org_login_required', trouble],

  ['invalid_auth', auth(newToken)],
  ['not_authed', auth(newToken)],
  ['account_inactive', auth(newToken)],
  ['token_expired', auth(newToken)],
  ['token_revoked', auth(newToken)],
  ['not_allowed_token_type', auth(newToken)],
  ['two_factor_setup_required', auth(newToken)],
  ['missing_scope', auth('give the Slack app the scope chat:write, and chat:write.public for channels it is not in')],
  ['no_permission', auth('invite the app to the channel with /invite, and give it the scope chat:write')],
  ['access_denied', auth(askAdmin)],
  ['accesslimited', auth('let the app be used from this network')],
  ['app_access_restricted', auth(askAdmin)],
  ['ekm_access_denied', auth(askAdmin)],
  ['enterprise_is_restricted', auth(askAdmin)],
  ['team_access_not_granted', auth('install the app in the workspace of the channel')],

  ['channel_not_found', client(invite)],
  ['not_in_channel', client(invite)],
  ['is_archived', client('the channel is archived: bring it back, or name another one')],
  ['cannot_dm_bot', client('name a channel or a person: a bot cannot write to a bot')],
  ['messages_tab_disabled', client('switch on the messages tab in the settings of the app')],
  ['restricted_action', client(channelRights)],
  ['restricted_action_read_only_channel', client(channelRights)],
  ['restricted_action_thread_only_channel', client(channelRights)],
  ['restricted_action_non_threadable_channel', client(channelRights)],
  ['restricted_action_thread_locked', client(channelRights)],
  ['team_not_found', client(invite)],

  ['msg_too_long', client(ours)],
  ['msg_blocks_too_long', client(ours)],
  ['no_text', client('let the template print some text')],
  ['invalid_blocks', client(ours)],
  ['invalid_blocks_format', client(ours)],
  ['invalid_attachments', client(ours)],
  ['too_many_attachments', client(ours)],
  ['as_user_not_supported', client(ours)],
  ['metadata_too_large', client(ours)],
  ['invalid_metadata_format', client(ours)],
  ['invalid_metadata_schema', client(ours)],
  ['metadata_must_be_sent_from_app', client('use the token of a Slack app')],

  ['invalid_arguments', client(ours)],
  ['invalid_arg_name', client(ours)],
  ['invalid_array_arg', client(ours)],
  ['invalid_charset', client(ours)],
  ['invalid_form_data', client(ours)],
  ['invalid_post_type', client(ours)],
  ['missing_post_type', client(ours)],
  // https://docs.slack.dev/apis/web-api/#evaluating-responses
  ['invalid_json', client(ours)],
  ['json_not_object', client(ours)],
  ['unknown_method', client('mend the base address of the Slack API')],
  ['method_deprecated', client('update Notification Manager')],
  ['deprecated_endpoint', client('update Notification Manager')],
])
