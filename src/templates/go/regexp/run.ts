import { type Assertion } from './nodes.ts'
import { type Program } from './compile.ts'

/** How much work one use of a pattern may be, in steps of the machine; about a tenth of a second. */
const maxWork = 1_000_000

/** So many places of groups are copied in the time of one step. */
const slotsPerWork = 64

/** Counts down while patterns run. */
export interface Budget {
  left: number
}

/** The work that one call of a function may do. */
export function newBudget(): Budget {
  return { left: maxWork }
}

/** Takes work out of the budget; throws when it is used up. */
export function spend(budget: Budget, work: number): void {
  budget.left -= work
  if (budget.left < 0) throw new Error('a pattern takes too long on its text')
}

/** Places where the groups begin and end, two for each group; -1 for a group that took no part. */
export type Match = readonly number[]

interface Thread {
  readonly place: number
  readonly slots: readonly number[]
}

/**
 * The leftmost match from `from` on, with Perl's preference among alternatives, as Go has it. All alternatives advance together
 * (https://swtch.com/~rsc/regexp/regexp2.html), so the time is at most steps × characters, whatever the pattern.
 */
export function find(program: Program, text: string, from: number, budget: Budget): Match | undefined {
  let threads: Thread[] = []
  let match: Match | undefined
  const none = program.groups.flatMap(() => [-1, -1])
  const seen = new Int32Array(program.steps.length).fill(-1)
  for (let place = from; place <= text.length;) {
    const ready: Thread[] = []
    const walk = { program, text, at: place, seen, ready, budget }
    for (const thread of threads) follow(walk, thread)
    // No match yet: one more may begin here, with the lowest preference.
    if (match === undefined) follow(walk, { place: program.start, slots: none })
    if (ready.length === 0 && match !== undefined) return match
    const code = text.codePointAt(place)
    const matched = ready.findIndex((thread) => program.steps[thread.place]?.kind === 'match')
    if (matched !== -1) match = ready[matched]?.slots
    // What is preferred less than the match is given up.
    threads = code === undefined ? [] : advance(program, matched === -1 ? ready : ready.slice(0, matched), code)
    place += code !== undefined && code > 0xffff ? 2 : 1
  }
  return match
}

/** The threads whose steps take the character. */
function advance(program: Program, ready: readonly Thread[], code: number): Thread[] {
  const threads: Thread[] = []
  for (const { place, slots } of ready) {
    const step = program.steps[place]
    if (step?.kind === 'set' && step.has(code)) threads.push({ place: step.next, slots })
  }
  return threads
}

interface Walk {
  readonly program: Program
  readonly text: string
  readonly at: number
  /** For each step, where in the text it was last reached. */
  readonly seen: Int32Array
  /** Threads that wait for a character, or have matched, best first. */
  readonly ready: Thread[]
  readonly budget: Budget
}

/** Follows the steps that take no character, in the order of preference. */
function follow(walk: Walk, start: Thread): void {
  const open = [start]
  for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
    if (walk.seen[thread.place] === walk.at) continue
    walk.seen[thread.place] = walk.at
    const step = walk.program.steps[thread.place]
    spend(walk.budget, step?.kind === 'save' ? 1 + Math.ceil(thread.slots.length / slotsPerWork) : 1)
    if (step === undefined || step.kind === 'set' || step.kind === 'match') walk.ready.push(thread)
    else if (step.kind === 'save') open.push({ place: step.next, slots: thread.slots.with(step.slot, walk.at) })
    else if (step.kind === 'split') open.push({ ...thread, place: step.other }, { ...thread, place: step.next })
    else if (holds(step.assertion, walk.text, walk.at)) open.push({ ...thread, place: step.next })
  }
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case 'textBegin':
      return at === 0
    case 'textEnd':
      return at === text.length
    case 'lineBegin':
      return at === 0 || text.charAt(at - 1) === '\n'
    case 'lineEnd':
      return at === text.length || text.charAt(at) === '\n'
    case 'word':
      return isWord(text.charAt(at - 1)) !== isWord(text.charAt(at))
    case 'notWord':
      return isWord(text.charAt(at - 1)) === isWord(text.charAt(at))
  }
}

function isWord(character: string): boolean {
  return /^[0-9A-Za-z_]$/.test(character)
}
