import { textOf, wholeNumber, type AnswerFields, type ErrcodeRow, type ErrcodeVendor, type Said } from '../errcode.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

const robotPage = 'https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages'
const securityPage = 'https://open.dingtalk.com/document/robots/customize-robot-security-settings'
const apiPage = 'https://open.dingtalk.com/document/orgapp/server-api-error-codes-1'
const tokenPage = 'https://open.dingtalk.com/document/orgapp/obtain-orgapp-token'
/** Codes that robots answer with and the vendor's pages do not list, where people met them. */
const seen = {
  tooFast: 'https://github.com/ccfos/nightingale/issues/369',
  tooLong: 'https://github.com/timonwong/prometheus-webhook-dingtalk/issues/30',
  unknownToken: 'https://github.com/sdvdxl/falcon-message/issues/7',
  punished: 'https://blog.csdn.net/jialiuyang/article/details/118615052',
  dailyLimit: 'https://developer.aliyun.com/ask/595588',
} as const

/** Final: the message, or where it was to go. */
function wrong(code: number, source: string, means: string, remedy?: string): ErrcodeRow {
  return { code, outcome: 'failed', reason: 'clientError', means, source, ...(remedy === undefined ? {} : { remedy }) }
}

/** Final: who sends. */
function denied(code: number, source: string, means: string, remedy?: string): ErrcodeRow {
  return { ...wrong(code, source, means, remedy), reason: 'authError' }
}

/** Later: too much at once. */
function limited(code: number, source: string, means: string, afterMs: number): ErrcodeRow {
  return { code, outcome: 'retry', reason: 'rateLimited', means, source, afterMs }
}

/** Later, with another access token. */
function stale(code: number, means: string): ErrcodeRow {
  return { code, outcome: 'retry', reason: 'authError', means, source: apiPage, token: true }
}

function busy(source: string): ErrcodeRow {
  return { code: -1, outcome: 'retry', reason: 'serverError', means: 'the system is busy', source }
}

const newWebhook = "copy the robot's webhook address anew into the Secret that `chatbot.webhook` names"

/** Stands for `{status, punish}`, which an address gets that asks too much of all robots together. */
const punished = 1111

const robotRows: readonly ErrcodeRow[] = [
  busy(robotPage),
  denied(88, robotPage, 'the access token is empty', newWebhook),
  limited(punished, seen.punished, 'this address has been locked out for a while', 5 * secondMs),
  wrong(40035, robotPage, 'a parameter is missing', newWebhook),
  wrong(43004, robotPage, 'the content type is not valid'),
  limited(90030, seen.dailyLimit, 'the robot has used up its calls', hourMs),
  wrong(101002, seen.tooLong, 'the text is too long', 'lower the option dingtalk.chatbotMessageMaxSize'),
  limited(130101, seen.tooFast, 'more than 20 messages in a minute', minuteMs),
  denied(300001, seen.unknownToken, 'the access token is unknown', newWebhook),
  denied(300005, seen.unknownToken, 'the access token is unknown', newWebhook),
  denied(
    310000,
    securityPage,
    "the robot's security settings refuse the message",
    'give the keyword in `chatbot.keywords`, the signing secret in `chatbot.secret`, or add the IP address of this machine to the robot',
  ),
  wrong(400013, robotPage, 'the group was dissolved', 'post to another group'),
  denied(400101, robotPage, 'the access token is unknown', newWebhook),
  denied(400102, robotPage, 'the robot is disabled', "enable it in the group's settings"),
  wrong(400105, robotPage, 'the type of the message is not valid'),
  denied(400106, robotPage, 'the robot is not in the group', newWebhook),
  limited(410100, robotPage, 'messages come too fast', minuteMs),
  wrong(430101, robotPage, 'the text has a link that is held to be unsafe'),
  wrong(430102, robotPage, 'the text is held to be improper'),
  wrong(430103, robotPage, 'a picture is held to be improper'),
  wrong(430104, robotPage, 'the content is held to be improper'),
  wrong(460101, seen.tooLong, 'the text is too long', 'lower the option dingtalk.chatbotMessageMaxSize'),
]

const newKeys =
  'copy appkey and appsecret anew from the developer console into the Secret that the DingTalkConfig names'
const newChat = 'mend `conversation.chatid`: it is what the call that created the conversation answered'
const permission = 'grant the application the permission for enterprise conversations in the developer console'

const apiRows: readonly ErrcodeRow[] = [
  busy(apiPage),
  denied(88, apiPage, 'the call was not authorised', permission),
  denied(33001, apiPage, 'the organisation is not valid', newKeys),
  wrong(34001, apiPage, 'the conversation is not valid', newChat),
  wrong(34004, apiPage, 'the type of the message is not valid'),
  wrong(34007, apiPage, 'the sender is not in the conversation', 'let the application create the conversation'),
  wrong(34013, apiPage, 'the conversation does not exist', newChat),
  wrong(34014, apiPage, 'the message is not valid or not whole'),
  { ...denied(40001, apiPage, 'the secret or the access token is not valid', newKeys), token: true },
  wrong(40008, apiPage, 'the type of the message is not valid'),
  denied(40013, apiPage, 'the organisation is not valid', newKeys),
  stale(40014, 'the access token is not valid'),
  wrong(40015, apiPage, 'the sender is not in the conversation', 'let the application create the conversation'),
  wrong(40016, apiPage, 'the conversation is not valid', newChat),
  wrong(40033, apiPage, 'the request has characters that are not allowed'),
  wrong(40035, apiPage, 'a parameter is not valid'),
  denied(40089, apiPage, 'appkey or appsecret is not valid', newKeys),
  denied(40096, tokenPage, 'appkey or appsecret is not valid', newKeys),
  stale(41001, 'the access token is missing'),
  denied(41002, apiPage, 'the appkey is missing', newKeys),
  denied(41004, apiPage, 'the appsecret is missing', newKeys),
  stale(42001, 'the access token has expired'),
  denied(43007, apiPage, 'the application is not authorised', permission),
  wrong(44004, apiPage, 'the text is empty'),
  wrong(45002, apiPage, 'the text is too long', 'lower the option dingtalk.conversationMessageMaxSize'),
  limited(45009, apiPage, 'too many calls', minuteMs),
  denied(48002, apiPage, 'the application may not use this call', permission),
  wrong(49000, apiPage, 'the conversation is missing', newChat),
  denied(50003, apiPage, 'the application is disabled', 'enable it in the developer console'),
  denied(50005, apiPage, 'the organisation is disabled'),
  denied(60011, apiPage, 'the application may not do this', permission),
  denied(
    60020,
    apiPage,
    'the address that this call came from is not trusted',
    "add it to the application's server addresses in the developer console",
  ),
  limited(90001, apiPage, 'all calls from this address are locked out for a while', minuteMs),
  limited(90002, apiPage, 'this call is locked out for a while for this address', minuteMs),
  limited(90003, apiPage, 'all calls of the organisation are locked out for a while', minuteMs),
  limited(90004, apiPage, 'the application is locked out for a while', minuteMs),
  limited(90005, apiPage, 'the organisation used this call too often', minuteMs),
  limited(90006, apiPage, 'the application used this call too often', minuteMs),
  limited(90018, apiPage, 'the application used this call more often in a second than it may', secondMs),
]

/** The robots of group chats: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
export const dingtalkRobot: ErrcodeVendor = {
  name: 'a DingTalk robot',
  rows: robotRows,
  read(fields: AnswerFields): Said | undefined {
    const said = readErrcode(fields)
    if (fields['punish'] === undefined) return said
    const waitMs = (wholeNumber(fields['wait']) ?? 0) * secondMs
    const { code, words } = said === undefined || said.code === 0 ? { code: punished, words: '' } : said
    return code === punished && waitMs > 0 ? { code, words, afterMs: Math.min(waitMs, hourMs) } : { code, words }
  },
}

/** The API of applications; a gateway before it hides codes of authority and limits inside code 88 as `sub_code`. */
export const dingtalkApi: ErrcodeVendor = {
  name: "DingTalk's API",
  rows: apiRows,
  read(fields: AnswerFields): Said | undefined {
    const said = readErrcode(fields)
    const inner = wholeNumber(fields['sub_code'])
    if (said?.code !== 88 || inner === undefined || inner === 0) return said
    return { code: inner, words: textOf(fields['sub_msg']) }
  },
}

function readErrcode(fields: AnswerFields): Said | undefined {
  const code = wholeNumber(fields['errcode'])
  return code === undefined ? undefined : { code, words: textOf(fields['errmsg']) }
}
