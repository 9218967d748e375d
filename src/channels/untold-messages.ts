import { narrow } from '../model/notification.ts'
import { untold, type Places, type Telling } from './settled-alerts.ts'
import { splitMessage, type SplitMessage, type SplitRequest } from './split.ts'

/** One message that a target is still to be sent. */
export interface UntoldMessage extends SplitMessage {
  /** What settles it: the mark for `Part.marks`. */
  readonly mark: string
}

type PlacedMessage = SplitMessage & Telling

/**
 * The text messages of a notification that earlier attempts have not settled, for each target that is asked for (a chat, a batch of
 * users: any text that stays the same over attempts). The group is split once for all targets, when the first is asked for. See
 * split.ts for the request and settled-alerts.ts for what a retry leaves out.
 */
export function createUntoldMessages(
  request: SplitRequest & { readonly done: ReadonlySet<string> },
): (target: string) => readonly UntoldMessage[] {
  const { group, done } = request
  const splits = new Map<string, readonly PlacedMessage[]>()

  function split(places: Places): readonly PlacedMessage[] {
    const key = places.join(',')
    const known = splits.get(key)
    if (known !== undefined) return known
    const alerts = places.flatMap((place) => group.alerts[place] ?? [])
    const part = alerts.length === group.alerts.length ? group : narrow(group, alerts)
    const messages = splitMessage({ ...request, group: part }).map((message) => ({
      ...message,
      places: places.slice(message.from, message.from + message.alerts.length),
    }))
    splits.set(key, messages)
    return messages
  }

  return (target) => {
    const messages = split([...group.alerts.keys()])
    return untold({ target, done, messages, again: split }).map(({ message, mark }) => ({ ...message, mark }))
  }
}
