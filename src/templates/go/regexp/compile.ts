import { PatternError, type Assertion, type CharacterSet, type Pattern } from './nodes.ts'
import { parsePattern } from './parse.ts'

/** One step of the machine. `next` and `other` are places of steps; `other` is tried after `next`. */
export type Step =
  | { readonly kind: 'set'; readonly has: CharacterSet; next: number }
  | { readonly kind: 'assert'; readonly assertion: Assertion; next: number }
  | { readonly kind: 'save'; readonly slot: number; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'match' }

/** A compiled pattern. */
export interface Program {
  readonly steps: readonly Step[]
  readonly start: number
  readonly groups: readonly string[]
}

/** Most steps of one program: time grows with them for each character of the input. */
const maxSteps = 2_000

/** Compiles a pattern in Go's syntax. Throws PatternError. */
export function compilePattern(text: string): Program {
  const { pattern, groups } = parsePattern(text)
  const steps: Step[] = [{ kind: 'match' }]
  const start = emit(steps, { kind: 'group', number: 0, part: pattern }, 0)
  return { steps, start, groups }
}

/** Adds the steps of a pattern that go on at `next`; gives the place of the first. Built from the end to the beginning. */
function emit(steps: Step[], pattern: Pattern, next: number): number {
  switch (pattern.kind) {
    case 'set':
      return add(steps, { kind: 'set', has: pattern.has, next })
    case 'assert':
      return add(steps, { kind: 'assert', assertion: pattern.assertion, next })
    case 'all':
      return pattern.parts.reduceRight((after, part) => emit(steps, part, after), next)
    case 'any':
      return pattern.parts
        .map((part) => emit(steps, part, next))
        .reduceRight((other, first) => add(steps, { kind: 'split', next: first, other }))
    case 'group': {
      const end = add(steps, { kind: 'save', slot: pattern.number * 2 + 1, next })
      return add(steps, { kind: 'save', slot: pattern.number * 2, next: emit(steps, pattern.part, end) })
    }
    case 'repeat':
      return emitRepeat(steps, pattern, next)
  }
}

function emitRepeat(steps: Step[], pattern: Extract<Pattern, { readonly kind: 'repeat' }>, next: number): number {
  const { part, min, max, greedy } = pattern
  let after = max === Infinity ? emitLoop(steps, part, { greedy, next, atLeastOnce: min > 0 }) : next
  const optional = max === Infinity ? 0 : max - min
  for (let count = 0; count < optional; count += 1) {
    const once = emit(steps, part, after)
    after = greedy ? addSplit(steps, once, next) : addSplit(steps, next, once)
  }
  const required = max === Infinity ? Math.max(min - 1, 0) : min
  for (let count = 0; count < required; count += 1) after = emit(steps, part, after)
  return after
}

interface Loop {
  readonly greedy: boolean
  readonly next: number
  readonly atLeastOnce: boolean
}

function emitLoop(steps: Step[], part: Pattern, { greedy, next, atLeastOnce }: Loop): number {
  const place = addSplit(steps, next, next)
  const split = steps[place] as Split
  const body = emit(steps, part, place)
  if (greedy) split.next = body
  else split.other = body
  if (atLeastOnce) return body
  // x* with an x that may be empty is (x+)?, for the sake of what is preferred (https://go.dev/issue/46123).
  if (!mayBeEmpty(part)) return place
  return greedy ? addSplit(steps, body, next) : addSplit(steps, next, body)
}

function mayBeEmpty(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'set':
      return false
    case 'assert':
      return true
    case 'all':
      return pattern.parts.every(mayBeEmpty)
    case 'any':
      return pattern.parts.some(mayBeEmpty)
    case 'group':
      return mayBeEmpty(pattern.part)
    case 'repeat':
      return pattern.min === 0 || mayBeEmpty(pattern.part)
  }
}

type Split = Extract<Step, { readonly kind: 'split' }>

function addSplit(steps: Step[], next: number, other: number): number {
  return add(steps, { kind: 'split', next, other })
}

function add(steps: Step[], step: Step): number {
  if (steps.length >= maxSteps) throw new PatternError('the pattern is too big')
  return steps.push(step) - 1
}
