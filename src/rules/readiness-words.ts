import { describeRef, type ObjectRef, type Resource } from '../model/object.ts'
import { formatProblem, type Problem } from '../model/problem.ts'

/** Whether an object is in force and complete: the condition `Ready`. */
export interface Readiness {
  readonly status: 'True' | 'False' | 'Unknown'
  /** In CamelCase, for programs. */
  readonly reason: string
  /** For people; never empty, for API servers of old take an empty text in a condition for none at all. */
  readonly message: string
}

/** More sentences, or longer ones, than this would not be read; the API takes 32,768 characters in a message. */
const maxSentences = 5
const maxMessageLength = 4_096

/** Not in force, or not in full. */
export function notReady(reason: string, sentences: readonly string[]): Readiness {
  return { status: 'False', reason, message: join(sentences) }
}

/** In force. The first warning gives the reason, so that it is seen where only the reason is shown. */
export function inForce(facts: {
  readonly reason: string
  readonly words: readonly string[]
  readonly warnings: readonly Problem[]
  readonly of: ObjectRef
}): Readiness {
  const { reason, words, warnings, of } = facts
  const [first] = warnings
  const sentences = [...sentencesOf(warnings, of), ...words]
  const message = join(sentences.length === 0 ? ['it is in force'] : sentences)
  return { status: 'True', reason: first?.reason ?? reason, message }
}

/** One sentence for each problem. */
export function sentencesOf(problems: readonly Problem[], of: ObjectRef): readonly string[] {
  return problems.map((problem) => sentenceOf(problem, of))
}

/** `spec.to[0]: what is wrong; what would be right`; a problem of another object, or of a file, says whose it is. */
export function sentenceOf(problem: Problem, of: ObjectRef): string {
  const { object, path, message, remedy, origin } = problem
  if (object === undefined && origin !== undefined) return formatProblem(problem)
  const isOwn = object === undefined || (object.kind === of.kind && object.name === of.name)
  return [...(isOwn ? [] : [describeRef(object)]), ...(path === '' ? [] : [path]), `${message}; ${remedy}`].join(': ')
}

/** What is in force in place of an invalid newest version. */
export function staleSentence({ metadata: { generation } }: Resource): string {
  const which = generation === undefined ? '' : ` (generation ${generation})`
  return `its last good version${which} stays in force`
}

function join(sentences: readonly string[]): string {
  const distinct = [...new Set(sentences)]
  const shown = distinct.slice(0, maxSentences)
  const more = distinct.length - shown.length
  const text = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('. ')
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength - 1).toWellFormed()}…`
}
