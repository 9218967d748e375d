import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Format } from '../../../src/channels/channel.ts'
import { type Notification } from '../../../src/model/notification.ts'
import { fromWireGroup, type WireGroup } from '../../../src/model/wire.ts'
import { type TemplateLibrary } from '../../../src/templates/library.ts'
import { acceptedAt } from '../support.ts'

const root = new URL('../../fixtures/go-templates/', import.meta.url).pathname

/** What Go gave for one template: its text, or an error. */
export interface GoOutput {
  readonly text?: string
  readonly error?: string
}

/** A payload, and by format and template what Go's own engines made of it. */
export interface GoCase {
  readonly payload: string
  readonly notification: Notification
  readonly expected: Readonly<Record<'text' | 'html', Readonly<Record<string, GoOutput>>>>
}

function readJson(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(root, folder, file), 'utf8'))
}

/** A posted body as a notification. */
export function toNotification(body: unknown): Notification {
  return { id: 'go', receiver: 'EmailReceiver/go', group: fromWireGroup(body as WireGroup, ''), acceptedAt }
}

/** The ten payloads, and what Go rendered over them (see render.go.txt beside them). */
export const goCases: readonly GoCase[] = readdirSync(join(root, 'payloads')).map((file) => ({
  payload: file.replace('.json', ''),
  notification: toNotification(readJson('payloads', file)),
  expected: readJson('expected', file) as GoCase['expected'],
}))

/** The Go template files by path. */
export const goFiles: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(join(root, 'templates')).map((file) => [file, readFileSync(join(root, 'templates', file), 'utf8')]),
)

/** One Go template over one payload, through the library. */
export function renderGo(library: TemplateLibrary, name: string, format: Format, notification: Notification): GoOutput {
  const { text, fallback } = library.render({ name, format, fallback: 'nm.default.text', notification })
  return fallback === undefined ? { text } : { error: fallback }
}

/** The predecessor cuts line breaks from the end of a message, and so does the library. */
export function cut(text: string): string {
  return text.replace(/[\r\n]+$/, '')
}
