import { type Destination } from '../channel.ts'
import { type Throttle } from './limits.ts'

/** What a message through a robot goes to: the vendor's host, and the robot, by its address without a signature. */
export function robotDestinations(webhook: URL, throttle: Throttle): readonly Destination[] {
  const robot = new URL(webhook)
  robot.hash = ''
  robot.searchParams.delete('timestamp')
  robot.searchParams.delete('sign')
  return [host(webhook.origin), limited({ key: robot.href, label: 'DingTalk robot' }, throttle)]
}

/** What a message to a conversation goes to: the vendor's host, and the application that speaks. */
export function applicationDestinations(apiUrl: URL, appkey: string, throttle: Throttle): readonly Destination[] {
  const application = { key: `${apiUrl.href} ${appkey}`, label: 'DingTalk application' }
  return [host(apiUrl.origin), limited(application, throttle)]
}

/** All who go there share the host; what goes wrong behind its door is not laid at the door of all. */
function host(origin: string): Destination {
  return { key: origin, label: 'DingTalk', blamedFor: ['unreached', 'connectionError'] }
}

function limited(destination: Pick<Destination, 'key' | 'label'>, { limit, perMs, maxWaitMs }: Throttle): Destination {
  return {
    ...destination,
    limits: [{ limit, perMs }],
    maxWaitMs,
    blamedFor: ['serverError', 'contextDeadlineExceeded', 'rateLimited'],
  }
}
