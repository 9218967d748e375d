import { type Refusal } from '../../model/delivery.ts'
import { textOf, wholeNumber, type AnswerFields, type ErrcodeRow, type ErrcodeVendor, type Said } from '../errcode.ts'

type Row = Omit<ErrcodeRow, 'source'>

const minuteMs = 60_000

/**
 * The global error codes that getting a token and sending a message can end with
 * (https://developer.work.weixin.qq.com/document/path/90313). That page says that only the vendor's own trouble is worth a retry,
 * that a rate limit lasts as long as the time it counts over (a minute is the shortest), and that decisions must rest on the code,
 * never on the text beside it.
 */
const rows: readonly Row[] = [
  { code: -1, outcome: 'retry', reason: 'serverError', means: 'the system is busy' },
  {
    code: 40001,
    outcome: 'failed',
    reason: 'authError',
    means: 'the secret of the app is not valid',
    remedy: 'copy it anew from the app in the admin console into the Secret that `wechatApiSecret` names',
    token: true,
  },
  { code: 40003, outcome: 'failed', reason: 'clientError', means: 'a user id is not valid', remedy: 'mend `toUser`' },
  { code: 40008, outcome: 'failed', reason: 'clientError', means: 'the type of the message is not valid' },
  {
    code: 40013,
    outcome: 'failed',
    reason: 'authError',
    means: 'the id of the corporation is not valid',
    remedy: 'mend `wechatApiCorpId`',
  },
  { code: 40014, outcome: 'retry', reason: 'authError', means: 'the access token is not valid', token: true },
  { code: 40031, outcome: 'failed', reason: 'clientError', means: 'a user id is unknown', remedy: 'mend `toUser`' },
  { code: 40032, outcome: 'failed', reason: 'clientError', means: 'too many user ids in one call' },
  { code: 40033, outcome: 'failed', reason: 'clientError', means: 'the request has characters that are not allowed' },
  { code: 40035, outcome: 'failed', reason: 'clientError', means: 'a parameter is not valid' },
  {
    code: 40056,
    outcome: 'failed',
    reason: 'authError',
    means: 'the id of the app is not valid',
    remedy: 'mend `wechatApiAgentId`',
  },
  { code: 40058, outcome: 'failed', reason: 'clientError', means: 'a parameter is not valid' },
  { code: 40063, outcome: 'failed', reason: 'clientError', means: 'a parameter is empty' },
  { code: 40066, outcome: 'failed', reason: 'clientError', means: 'a department is unknown', remedy: 'mend `toParty`' },
  { code: 40068, outcome: 'failed', reason: 'clientError', means: 'a tag is unknown', remedy: 'mend `toTag`' },
  { code: 40070, outcome: 'failed', reason: 'clientError', means: 'no tag leads to anybody', remedy: 'mend `toTag`' },
  {
    code: 40091,
    outcome: 'failed',
    reason: 'authError',
    means: 'the secret belongs to another corporation',
    remedy: 'let `wechatApiCorpId` and `wechatApiSecret` name the same one',
  },
  { code: 41001, outcome: 'retry', reason: 'authError', means: 'the access token is missing', token: true },
  { code: 41002, outcome: 'failed', reason: 'authError', means: 'the id of the corporation is missing' },
  { code: 41004, outcome: 'failed', reason: 'authError', means: 'the secret of the app is missing' },
  { code: 41011, outcome: 'failed', reason: 'clientError', means: 'the id of the app is missing' },
  { code: 42001, outcome: 'retry', reason: 'authError', means: 'the access token has expired', token: true },
  { code: 44004, outcome: 'failed', reason: 'clientError', means: 'the text is empty' },
  {
    code: 45002,
    outcome: 'failed',
    reason: 'clientError',
    means: 'the text is too long',
    remedy: 'lower the option wechat.messageMaxSize',
  },
  { code: 45009, outcome: 'retry', reason: 'rateLimited', means: 'too many calls', afterMs: minuteMs },
  { code: 45033, outcome: 'retry', reason: 'rateLimited', means: 'too many calls at the same time', afterMs: 1_000 },
  { code: 46004, outcome: 'failed', reason: 'clientError', means: 'a user does not exist', remedy: 'mend `toUser`' },
  {
    code: 48002,
    outcome: 'failed',
    reason: 'authError',
    means: 'the app may not use this call',
    remedy: 'grant it in the admin console',
  },
  {
    code: 50002,
    outcome: 'failed',
    reason: 'clientError',
    means: 'a member is outside what the app may see',
    remedy: 'widen the visible range of the app in the admin console',
  },
  {
    code: 50003,
    outcome: 'failed',
    reason: 'authError',
    means: 'the app is disabled',
    remedy: 'enable it in the admin console',
  },
  { code: 60003, outcome: 'failed', reason: 'clientError', means: 'a department is unknown', remedy: 'mend `toParty`' },
  {
    code: 60011,
    outcome: 'failed',
    reason: 'clientError',
    means: 'the app may not reach these members, departments or tags',
    remedy: 'widen the visible range of the app in the admin console',
  },
  {
    code: 60020,
    outcome: 'failed',
    reason: 'authError',
    means: 'the address that this call came from is not trusted',
    remedy: "add it to the app's trusted IP addresses in the admin console",
  },
  { code: 60111, outcome: 'failed', reason: 'clientError', means: 'a user id is unknown', remedy: 'mend `toUser`' },
  { code: 60123, outcome: 'failed', reason: 'clientError', means: 'a department is unknown', remedy: 'mend `toParty`' },
  {
    code: 81013,
    outcome: 'failed',
    reason: 'clientError',
    means: 'none of the users, departments and tags exists or may be reached',
    remedy: 'mend `toUser`, `toParty` and `toTag`, or widen the visible range of the app in the admin console',
  },
  {
    code: 82001,
    outcome: 'failed',
    reason: 'clientError',
    means: 'none of the users, departments and tags is valid',
    remedy: 'mend `toUser`, `toParty` and `toTag`',
  },
  { code: 82002, outcome: 'failed', reason: 'clientError', means: 'too many departments in one call' },
  { code: 82003, outcome: 'failed', reason: 'clientError', means: 'too many tags in one call' },
  {
    code: 301002,
    outcome: 'failed',
    reason: 'authError',
    means: 'the secret is that of another app',
    remedy: 'let `wechatApiAgentId` and `wechatApiSecret` name the same app',
  },
]

/** The API of WeChat Work; every row links the vendor's own page about its code. */
export const wechatWork: ErrcodeVendor = {
  name: 'WeChat Work',
  rows: rows.map((row) => ({ ...row, source: `https://open.work.weixin.qq.com/devtool/query?e=${row.code}` })),
  read(fields: AnswerFields): Said | undefined {
    const code = wholeNumber(fields['errcode'])
    return code === undefined ? undefined : { code, words: textOf(fields['errmsg']) }
  },
}

/** Fields of a success that list who was not told, with what each of them means. */
const partial = [
  ['invaliduser', 'user', 'unknown, or outside the visible range of the app'],
  ['invalidparty', 'department', 'unknown, or outside the visible range of the app'],
  ['invalidtag', 'tag', 'unknown, or outside the visible range of the app'],
  ['unlicenseduser', 'user', 'has no licence for the basic interfaces, or an expired one'],
] as const

/** Whom a message that was taken did not reach: https://developer.work.weixin.qq.com/document/path/90236 */
export function refusalsOf(fields: AnswerFields): readonly Refusal[] {
  return partial.flatMap(([field, noun, detail]) =>
    textOf(fields[field])
      .split('|')
      .map((id) => id.trim())
      .filter((id) => id !== '')
      .map((id): Refusal => ({ target: `${noun} ${id}`, reason: 'clientError', detail })),
  )
}
