import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { backoffLimits } from '../../src/notify/limits.ts'
import { type DeadLetter } from '../../src/notify/outbox.ts'
import { faultyChannels } from '../support/faults-channels.ts'
import { startFaultWorld, type Cell, type FaultWorld, type TriedOnce } from '../support/faults-world.ts'
import { tlsFixture } from '../support/tls.ts'
import { receiverKey } from '../notify/builders.ts'

const secondMs = 1_000
const outagesMs = [secondMs, 600 * secondMs, Infinity]
const maxAgeMs = 3_600 * secondMs
const names = ['first', 'second', 'third']
/** An attempt that ends by its deadline may run on beyond the age limit. */
const longestAttemptMs = 60 * secondMs
/** What the vendors' limits and our throttles put between messages that follow one another. */
const followMs = 10 * secondMs

/** The longest that the back-off waits after so many attempts. */
function stepMs(attempts: number): number {
  const { baseMs, factor, capMs } = backoffLimits
  return Math.min(capMs, baseMs * factor ** (attempts - 1))
}

interface Verdict {
  readonly text: string
  readonly wrong: readonly string[]
}

const table: string[][] = [['channel', 'fault', ...outagesMs.map(nameOutage)]]

describe('every fault of every far side', { timeout: 300_000 }, () => {
  const trusted = getCACertificates()
  before(() => setDefaultCACertificates([...trusted, tlsFixture().ca]))
  after(() => {
    setDefaultCACertificates(trusted)
    console.log(layOut(table))
  })

  for (const faulty of faultyChannels) {
    it(`${faulty.channel.name}: what can be delivered is, once and in order; the rest become dead letters`, async (context) => {
      const world = await startFaultWorld(context, { faulty, outagesMs, maxAgeMs })
      const begunAt = await play(world)
      const verdicts = world.cells.map((cell) => judge(world, cell, begunAt))
      for (const fault of faulty.faults) {
        const row = world.cells.flatMap((cell, place) => (cell.fault === fault ? [verdicts[place]?.text ?? ''] : []))
        table.push([faulty.channel.name, fault.name, ...row])
      }
      assert.deepEqual(
        verdicts.flatMap(({ wrong }) => wrong),
        [],
      )
    })
  }
})

/** One message that goes well; then the faults begin, three messages follow, and the faults end one after another. */
async function play({ rig, cells, runUntil }: FaultWorld): Promise<number> {
  const { clock } = rig
  const receivers = cells.map(({ name }) => name)
  await rig.post('warm', ...receivers)
  await runUntil(clock.now() + 30 * secondMs)
  for (const { farSide } of cells) farSide.begin()
  const begunAt = clock.now()
  for (const name of names) await rig.post(name, ...receivers)
  for (const outageMs of outagesMs.filter(Number.isFinite)) {
    await runUntil(begunAt + outageMs)
    for (const cell of cells) if (cell.outageMs === outageMs) cell.farSide.end()
  }
  await runUntil(begunAt + maxAgeMs + longestAttemptMs)
  return begunAt
}

function judge({ rig }: FaultWorld, cell: Cell, begunAt: number): Verdict {
  const taken = cell.farSide.taken().map(({ text, id }) => ({ name: nameIn(text), id }))
  const [warm, ...rest] = taken.map(({ name }) => name)
  const letters = rig.outbox.deadLetters({ receiver: receiverKey(cell.name), limit: 10 })
  const tried = cell.attempts.filter(({ at }) => at >= begunAt)
  const bad = tried.filter(({ delivery }) => delivery.outcome !== 'sent')
  const told = new Set(rest)
  const outcome = Number.isFinite(cell.outageMs)
    ? judgeDelivered(cell, { tried, bad, letters, endedAt: begunAt + cell.outageMs })
    : judgeDead(cell, { letters, begunAt })
  const mistakes = [
    warm === 'warm' ? [] : `before the fault: ${String(warm)}`,
    isRecognizable(taken) ? [] : 'what was repeated has another id',
    isInOrder(rest) ? [] : `the far side has ${rest.join(' ')}`,
    cell.fault.repeats === true || rest.length === told.size ? [] : `the far side has ${rest.join(' ')}`,
    Number.isFinite(cell.outageMs) && told.size !== names.length ? `the far side has only ${rest.join(' ')}` : [],
    cell.farSide.early.map((ms) => `asked ${ms} ms before its pause was over`),
    bad.length > 0 ? [] : 'the fault was never met',
    bad.flatMap(({ delivery }) => wrongReason(cell, delivery)),
    outcome.wrong,
  ]
  const repeats = rest.length - told.size
  const again = repeats > 0 ? `, ${repeats} repeated` : ''
  return {
    text: `${outcome.text}${again}`,
    wrong: mistakes.flat().map((mistake) => `${cell.fault.name}, ${nameOutage(cell.outageMs)}: ${mistake}`),
  }
}

function wrongReason({ fault }: Cell, delivery: TriedOnce['delivery']): readonly string[] {
  if (delivery.outcome === 'retry' && delivery.reason === fault.reason) return []
  return [`an attempt ended with ${JSON.stringify(delivery)}`]
}

function judgeDelivered(
  { fault }: Cell,
  parts: {
    readonly tried: readonly TriedOnce[]
    readonly bad: readonly TriedOnce[]
    readonly letters: readonly DeadLetter[]
    readonly endedAt: number
  },
): Verdict {
  const { tried, bad, letters, endedAt } = parts
  const [first, , last] = tried.filter(({ delivery }) => delivery.outcome === 'sent')
  const lastBad = bad.at(-1)
  if (first === undefined || last === undefined || lastBad === undefined) {
    return { text: 'not delivered', wrong: ['not delivered'] }
  }
  const pauseMs = fault.trouble.at === 'answer' ? (fault.trouble.bad.pauseMs ?? 0) : 0
  const mostMs = Math.max(stepMs(bad.length), pauseMs)
  const waitedMs = first.at - lastBad.endedAt
  const text = `delivered after ${seconds(first.at - endedAt)} (attempt ${bad.length + 1})`
  const wrong = [
    waitedMs <= mostMs + 100 ? [] : `waited ${waitedMs} ms after attempt ${bad.length}`,
    lastBad.at <= endedAt ? [] : 'an attempt failed although the fault was over',
    last.at - first.at <= followMs ? [] : `the last one followed ${last.at - first.at} ms later`,
    letters.map(({ reason, detail }) => `a dead letter: ${String(reason)} ${detail}`),
  ]
  return { text, wrong: wrong.flat() }
}

function judgeDead(
  { fault }: Cell,
  { letters, begunAt }: { readonly letters: readonly DeadLetter[]; readonly begunAt: number },
): Verdict {
  const causes = letters.map(({ detail }) => /\b(?:ended with|had to wait \()\s?(\w+)/u.exec(detail)?.[1] ?? detail)
  const wrong = [
    letters.length === names.length ? [] : `${letters.length} dead letters`,
    letters.flatMap(({ reason, diedAt, detail }) => {
      const onTime = diedAt >= begunAt + maxAgeMs && diedAt <= begunAt + maxAgeMs + longestAttemptMs
      return reason === 'tooOld' && onTime ? [] : `died at ${diedAt - begunAt} ms of ${String(reason)}: ${detail}`
    }),
    causes.filter((cause) => cause !== fault.reason).map((cause) => `died of ${cause}`),
  ]
  return {
    text: `dead: ${[...new Set(letters.map(({ reason }) => reason))].join()} (${[...new Set(causes)].join()})`,
    wrong: wrong.flat(),
  }
}

function nameIn(text: string): string {
  return /warm|first|second|third/u.exec(text)?.[0] ?? text
}

/** Whether a message that was sent again, and no other, has the id that it had before. */
function isRecognizable(taken: readonly { readonly name: string; readonly id: string | undefined }[]): boolean {
  const withId = taken.filter(({ id }) => id !== undefined)
  const pairs = new Set(withId.map(({ name, id }) => `${name} ${String(id)}`))
  return (
    pairs.size === new Set(withId.map(({ name }) => name)).size &&
    pairs.size === new Set(withId.map(({ id }) => id)).size
  )
}

function isInOrder(taken: readonly string[]): boolean {
  const places = taken.map((name) => names.indexOf(name))
  return places.every((place, index) => place >= Math.max(0, places[index - 1] ?? 0))
}

function nameOutage(outageMs: number): string {
  if (!Number.isFinite(outageMs)) return 'never recovers'
  return outageMs < 60 * secondMs ? `recovers in ${outageMs / secondMs} s` : `recovers in ${outageMs / 60_000} min`
}

function seconds(ms: number): string {
  return `${(ms / secondMs).toFixed(1)} s`
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
