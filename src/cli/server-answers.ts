import { isRecord, own } from '../api/json-schema.ts'
import { UnansweredError } from '../model/errors.ts'
import { type Question, type RemoteServer } from './toolbox.ts'

/** One JSON object of an answer. */
export type Fields = Readonly<Record<string, unknown>>

/** The object that a server answers with. Throws UnansweredError, also when the server has no such endpoint. */
export async function askFor(server: RemoteServer, question: Question): Promise<Fields> {
  const { status, body } = await server.ask(question)
  if (status === 404 || !isRecord(body)) throw new UnansweredError(`${question.path}: ${strange}`)
  return body
}

/** The same for one dead letter; undefined when there is none of that id. */
export async function askForOne(server: RemoteServer, question: Question): Promise<Fields | undefined> {
  const { status, body } = await server.ask(question)
  if (!isRecord(body)) throw new UnansweredError(`${question.path}: ${strange}`)
  if (status !== 404) return body
  if (textOf(body, 'Message').startsWith('There is no dead letter')) return undefined
  throw new UnansweredError(`${question.path}: ${strange}`)
}

const strange = 'the server does not know this question; is it a notification-manager, and as new as this program?'

/** The list of objects in a field. Throws UnansweredError. */
export function recordsOf(answer: Fields, field: string): readonly Fields[] {
  const value = own(answer, field)
  if (Array.isArray(value)) return value.filter(isRecord)
  throw new UnansweredError(`the answer has no list ${field}; is the server a notification-manager?`)
}

/** A field as text; nothing when it is not there. */
export function textOf(record: Fields, field: string): string {
  const value = own(record, field)
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** A field as a number. */
export function countOf(record: Fields, field: string): number {
  const value = own(record, field)
  return typeof value === 'number' ? value : 0
}

/** A field with milliseconds since the epoch, to the second. */
export function timeOf(record: Fields, field: string): string {
  const at = new Date(Number(own(record, field)))
  return Number.isNaN(at.getTime()) ? '-' : at.toISOString().replace(/\.\d+Z$/u, 'Z')
}
