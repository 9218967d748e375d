import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createKinds, type Kinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { formatProblem } from '../../src/model/problem.ts'

/** The kinds that are served. */
export const kinds: Kinds = createKinds(channels)

/** An object of one of our kinds named `x`. */
export function object(kind: string, spec?: unknown, metadata: object = {}): Record<string, unknown> {
  return {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind,
    metadata: { name: 'x', ...metadata },
    ...(spec === undefined ? {} : { spec }),
  }
}

/** What is said about an object, one line a Problem. */
export function linesAbout(value: unknown): readonly string[] {
  return kinds.validate(value).problems.map(formatProblem)
}

/** A spec that each kind accepts with nothing to add. */
export const goodSpecs: Readonly<Record<string, unknown>> = {
  NotificationManager: { receivers: {} },
  EmailConfig: { from: 'a@example.com', smartHost: { host: 'smtp.example.com', port: '25' } },
  EmailReceiver: { to: ['a@example.com'] },
  WechatConfig: { wechatApiCorpId: 'corp', wechatApiAgentId: '1', wechatApiSecret: { name: 's', key: 'k' } },
  WechatReceiver: { toUser: 'one|two' },
  SlackConfig: { slackTokenSecret: { name: 's', key: 'k' } },
  SlackReceiver: { channel: 'alerts' },
  WebhookConfig: {},
  WebhookReceiver: { url: 'https://example.com/' },
  DingTalkConfig: {},
  DingTalkReceiver: { conversation: { chatid: 'chat1' } },
}

/** Tests that each of these is accepted without a word. */
export function accepts(values: Readonly<Record<string, unknown>>): void {
  for (const [what, value] of Object.entries(values)) it(`takes ${what}`, () => assert.deepEqual(linesAbout(value), []))
}

/** Tests that each of these is refused with exactly this line. */
export function refuses(rows: readonly (readonly [value: unknown, line: string])[]): void {
  for (const [value, line] of rows) {
    it(line, () => {
      assert.deepEqual(linesAbout(value), [line])
      assert.equal(kinds.validate(value).resource, undefined)
    })
  }
}
