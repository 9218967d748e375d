import { type Destination, type RateLimit } from '../channel.ts'
import { type WechatRequest } from './plan.ts'

/**
 * An app may send 30 messages a minute and 1,000 an hour to one member; what is more is thrown away, and the answer says nothing of
 * it: https://developer.work.weixin.qq.com/document/path/90236
 *
 * Who is in a department or has a tag is not known here. So half of what a member may get is for messages that name the member, and
 * half for all those of the app that reach many: whoever a member is, both together stay within the limit.
 */
const halfOfMembers: readonly RateLimit[] = [
  { limit: 15, perMs: 60_000 },
  { limit: 500, perMs: 3_600_000 },
]

/** More users than this in one call count as many; each that is named takes a place in the throttle. */
const maxNamed = 10

/** What a message goes to: the vendor's host, the app, and either the members that it names or all of the app's at once. */
export function destinationsOf(request: WechatRequest): readonly Destination[] {
  const apiUrl = request.apiUrl.reveal()
  const app = [apiUrl, request.corpId, request.agentId].join(' ')
  const users = request.toUser.split('|').map((user) => user.toLowerCase())
  const many = request.toParty !== '' || request.toTag !== '' || users.includes('@all') || users.length > maxNamed
  const told = many ? ['many'] : users.map((user) => `user ${user}`)
  return [
    { key: request.origin, label: 'WeChat Work', blamedFor: ['unreached', 'connectionError'] },
    {
      key: app,
      label: 'WeChat Work application',
      blamedFor: ['serverError', 'contextDeadlineExceeded', 'rateLimited'],
    },
    ...told.map((name): Destination => ({
      key: `${app} ${name}`,
      label: 'WeChat Work member',
      limits: halfOfMembers,
      blamedFor: [],
    })),
  ]
}
