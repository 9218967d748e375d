import { type Alert } from '../model/alert.ts'
import { type Measure } from './measure.ts'

/** Alerts `from` up to but not including `to`, and their message. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly text: string
  readonly size: number
}

export interface RunRequest {
  readonly alerts: readonly Alert[]
  readonly measure: Measure
  readonly render: (from: number, to: number) => string
  /** What one message may measure when it is the only one. */
  readonly limit: number
  /** What each of several messages may measure, its mark not counted. */
  readonly room: number
}

/** A message is filled to here, when the estimate is right; a run that fills less than `enough` is tried once more, longer. */
const aim = 0.96
const enough = 0.8

/** When the alerts alone are this many times what one message holds, all of them are not even tried in one. */
const hopeless = 16

/**
 * Cuts alerts into runs whose messages fit; a run of one alert may not, and is left to be truncated. What a message will measure is
 * estimated from the lengths of its alerts and from the messages made so far. A template is opaque, so each estimate is checked by
 * rendering: a run that does not fit is made shorter, by the estimate first and by half from then on, and no run is tried that is
 * much longer than twice the one before it. So the alerts rendered over all tries are at most a dozen times the alerts that there
 * are, however their sizes are spread, and about twice as many as a rule.
 */
export function cutIntoRuns(request: RunRequest): readonly Run[] {
  const { alerts, measure, render, limit } = request
  const scale = createScale(alerts, measure)
  function attempt(from: number, to: number): Run {
    const text = render(from, to)
    const run = { from, to, text, size: measure(text) }
    scale.learn(run)
    return run
  }
  if (alerts.length < 2 || scale.weight(0, alerts.length) <= hopeless * limit) {
    const whole = attempt(0, alerts.length)
    if (alerts.length < 2 || whole.size <= limit) return [whole]
  }
  const search: Search = { count: alerts.length, room: request.room, attempt, reach: scale.reach }
  const runs: Run[] = []
  let from = 0
  let most = alerts.length
  while (from < alerts.length) {
    const run = nextRun(search, from, most)
    runs.push(run)
    most = 2 * (run.to - from) + 1
    from = run.to
  }
  return runs
}

interface Search {
  readonly count: number
  readonly room: number
  readonly attempt: (from: number, to: number) => Run
  /** Where a run from here is expected to measure `size`. */
  readonly reach: (from: number, size: number) => number
}

function nextRun(search: Search, from: number, most: number): Run {
  const { count, room, attempt, reach } = search
  const expected = Math.min(reach(from, room * aim), from + most, count)
  let run = attempt(from, Math.max(expected, from + 1))
  let tooFar = count + 1
  for (let tries = 0; run.size > room && run.to - from > 1; tries += 1) {
    tooFar = run.to
    const shorter = tries === 0 ? run.to - 1 : from + Math.floor((run.to - from) / 2)
    run = attempt(from, Math.max(Math.min(reach(from, room * aim), shorter), from + 1))
  }
  return run.size > room ? run : grow(search, run, tooFar)
}

/** Tries longer runs while there is much room left. Each is half as long again at least, except the last. */
function grow({ count, room, attempt, reach }: Search, first: Run, tooFar: number): Run {
  let run = first
  for (;;) {
    const length = run.to - run.from
    const to = Math.min(reach(run.from, room * aim), run.from + 2 * length, tooFar - 1, count)
    if (run.size >= room * enough || to <= run.to) return run
    const longer = attempt(run.from, to)
    if (longer.size > room) return run
    run = longer
    if (to - run.from < 1.5 * length) return run
  }
}

interface Scale {
  /** How much text the alerts bring. */
  weight(from: number, to: number): number
  readonly reach: Search['reach']
  learn(run: Run): void
}

/** Estimates messages from the length of what the alerts say: a message is so many times as long as its alerts' labels. */
function createScale(alerts: readonly Alert[], measure: Measure): Scale {
  const sums = [0]
  for (const alert of alerts) sums.push((sums.at(-1) ?? 0) + weigh(alert, measure))
  const sum = (place: number): number => sums[place] ?? 0
  let ratio = 1
  return {
    weight: (from, to) => sum(to) - sum(from),
    learn({ from, to, size }) {
      if (to > from) ratio = size / (sum(to) - sum(from))
    },
    reach(from, size) {
      const target = sum(from) + size / Math.max(ratio, Number.EPSILON)
      let low = from
      let high = alerts.length
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if (sum(middle) <= target) low = middle
        else high = middle - 1
      }
      return low
    },
  }
}

/** About what stands around one alert in any message. */
const fixedWeight = 40

function weigh({ labels, annotations, generatorURL }: Alert, measure: Measure): number {
  let weight = fixedWeight + measure(generatorURL)
  for (const pairs of [labels, annotations]) {
    for (const [name, value] of pairs) weight += measure(name) + measure(value)
  }
  return weight
}
