import { type WebhookReceiverSpec } from '../../../src/channels/webhook/schema.ts'
import { startHttpPeer, type PeerAnswer } from '../../support/http-peer.ts'
import { type ChannelDriver, type PeerMood } from './driver.ts'

const answers: Readonly<Record<Exclude<PeerMood, 'echo'>, PeerAnswer>> = {
  accept: { status: 200 },
  refuseCredential: { status: 401 },
  rateLimit: { status: 429, headers: { 'retry-after': '7' } },
  serverError: { status: 502 },
  clientError: { status: 422 },
  reset: 'reset',
  hang: 'hang',
}

/** An HTTP endpoint behind basic authentication. */
export async function start(): Promise<ChannelDriver> {
  const peer = await startHttpPeer()
  const taken: string[] = []
  let asked = Promise.withResolvers<undefined>()
  let mood: PeerMood = 'accept'
  peer.answer = (request) => {
    if (mood === 'accept') taken.push(request.body)
    if (mood === 'hang') asked.resolve(undefined)
    if (mood !== 'echo') return answers[mood]
    return {
      status: 400,
      headers: { 'x-echo': request.headers.authorization ?? '' },
      body: JSON.stringify(request.headers),
    }
  }
  const receiver: WebhookReceiverSpec = {
    url: `${peer.origin}/hook`,
    httpConfig: { basicAuth: { username: 'user', password: { name: 'hook', key: 'password' } } },
  }
  return {
    receiver,
    config: undefined,
    secrets: { 'hook/password': 'c0ntract-s3cret' },
    rateLimitAfterMs: 7_000,
    mood(next) {
      mood = next
      asked = Promise.withResolvers()
    },
    taken: () => taken,
    hanging: () => asked.promise,
    stop: () => peer.stop(),
  }
}
