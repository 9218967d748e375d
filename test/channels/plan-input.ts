import { type PlanInput } from '../../src/channels/channel.ts'
import { type Notification } from '../../src/model/notification.ts'

const notification: Notification = {
  id: 'n1',
  receiver: 'AnyReceiver/x',
  acceptedAt: 0,
  group: {
    source: 'test',
    receiver: 'test',
    groupKey: '{}',
    status: 'firing',
    groupLabels: new Map(),
    commonLabels: new Map(),
    commonAnnotations: new Map(),
    externalURL: '',
    truncatedAlerts: 0,
    notificationReason: '',
    alerts: [],
  },
}

/** What a channel plans from, for channels whose plan looks at the receiver alone; every template renders to its own name. */
export function planInput<Receiver>(facts: {
  readonly receiver: Receiver
  readonly done?: readonly string[]
}): PlanInput<never, Receiver, Record<string, never>> {
  return {
    notification,
    receiver: facts.receiver,
    config: undefined,
    options: {},
    templates: { body: 'chosen' },
    render: (name) => ({ text: `text of ${name}` }),
    done: new Set(facts.done ?? []),
  }
}
