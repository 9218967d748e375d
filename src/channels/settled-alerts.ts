/** Places of alerts in the notification's `group.alerts`, ascending. */
export type Places = readonly number[]

/**
 * The mark (see Part.marks) of a message that tells a target about some alerts, as `channel:#ops alerts 0-41,57`. Alerts are named
 * by their places, which an accepted notification never changes, and not by the message's place among its siblings: so what has
 * arrived stays told when another template or limit cuts the same notification otherwise.
 */
export function alertsMark(target: string, places: Places): string {
  return `${target} alerts ${ranges(places)}`
}

/** The places of all alerts that marks of this target name. Marks of other targets, and what is no such mark, are skipped. */
export function settledPlaces(target: string, marks: Iterable<string>): ReadonlySet<number> {
  const settled = new Set<number>()
  const start = `${target} alerts `
  for (const mark of marks) {
    if (mark.startsWith(start)) addRanges(settled, mark.slice(start.length))
  }
  return settled
}

function ranges(places: Places): string {
  const found: { readonly first: number; last: number }[] = []
  for (const place of places) {
    const current = found.at(-1)
    if (current?.last === place - 1) current.last = place
    else found.push({ first: place, last: place })
  }
  return found.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',')
}

/** Groups hold far fewer alerts; a mark is not to make a set of any size. */
const largestPlace = 10_000_000

function addRanges(settled: Set<number>, text: string): void {
  if (!/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/u.test(text)) return
  for (const range of text.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number)
    for (let place = first; place <= Math.min(last, largestPlace); place += 1) settled.add(place)
  }
}

/** Something that tells about some alerts. */
export interface Telling {
  readonly places: Places
}

/** What is still to be told to one target. */
export interface Untold<Message extends Telling> {
  readonly message: Message
  readonly mark: string
}

export interface UntoldRequest<Message extends Telling> {
  readonly target: string
  /** What earlier attempts settled. */
  readonly done: ReadonlySet<string>
  /** All messages, in order. */
  readonly messages: readonly Message[]
  /** Messages about these alerts alone: asked for when the alerts that are settled are not exactly those of whole messages. */
  readonly again: (places: Places) => readonly Message[]
}

/**
 * The messages that a target has not been sent. As long as a notification is cut into the same messages as before, those that
 * remain keep their text and so their "3 of 7". When it is cut otherwise (template, limit or version changed between two attempts),
 * the alerts that are not settled are told in messages of their own: none is told twice, none is left out.
 */
export function untold<Message extends Telling>(request: UntoldRequest<Message>): readonly Untold<Message>[] {
  const { target, messages } = request
  const settled = settledPlaces(target, request.done)
  const withMark = (message: Message): Untold<Message> => ({ message, mark: alertsMark(target, message.places) })
  const left = messages.filter(({ places }) =>
    places.length === 0 ? !request.done.has(alertsMark(target, places)) : places.some((place) => !settled.has(place)),
  )
  const mixed = left.some(({ places }) => places.some((place) => settled.has(place)))
  if (!mixed) return left.map(withMark)
  const places = left.flatMap((message) => message.places.filter((place) => !settled.has(place)))
  return request.again(places.toSorted((one, other) => one - other)).map(withMark)
}
