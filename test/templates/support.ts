import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Alert, type AlertGroup } from '../../src/model/alert.ts'
import { narrow, type Notification } from '../../src/model/notification.ts'
import { type TemplateFile } from '../../src/model/template-file.ts'
import { type RenderRequest, type TemplateLibrary } from '../../src/templates/library.ts'
import { type RenderLimits } from '../../src/templates/limits.ts'
import { createTemplates } from '../../src/templates/templates.ts'

const root = new URL('../../templates/', import.meta.url).pathname

/** The built-in template files, as an edge reads them. */
export function readBuiltin(): readonly TemplateFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.liquid'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

export const builtin = readBuiltin()

/** A library over the built-in templates and these files, by path. */
export function library(files: Readonly<Record<string, string>> = {}, limits?: Partial<RenderLimits>): TemplateLibrary {
  const templates = createTemplates({ builtin, ...(limits === undefined ? {} : { limits }) })
  return templates.load(toFiles(files)).library
}

export function toFiles(files: Readonly<Record<string, string>>): readonly TemplateFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }))
}

/** Renders the body of one template file over a notification, as text unless told otherwise. */
export function renderText(body: string, given: Partial<RenderRequest> = {}): string {
  return library({ 'it.liquid': body }).render({
    name: 'it',
    format: 'text',
    fallback: 'nm.default.text',
    notification: notification([alert()]),
    ...given,
  }).text
}

/** When the notifications of these tests were accepted. */
export const acceptedAt = Date.parse('2026-11-22T14:19:10Z')

export interface AlertInput {
  readonly status?: 'firing' | 'resolved'
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly startsAt?: string
  readonly endsAt?: string | null
  readonly generatorURL?: string
  readonly fingerprint?: string
}

export function alert(input: AlertInput = {}): Alert {
  return {
    status: input.status ?? 'firing',
    labels: new Map(Object.entries(input.labels ?? { alertname: 'KubePodCrashLooping', severity: 'critical' })),
    annotations: new Map(Object.entries(input.annotations ?? {})),
    startsAt: input.startsAt ?? '2026-11-22T14:06:54.781980228Z',
    endsAt: input.endsAt ?? (input.status === 'resolved' ? '2026-11-22T14:18:00Z' : null),
    generatorURL: input.generatorURL ?? '',
    fingerprint: input.fingerprint ?? '11671c699a85aa24',
  }
}

export function notification(alerts: readonly Alert[], group: Partial<AlertGroup> = {}): Notification {
  const posted: AlertGroup = {
    source: '',
    receiver: 'notification-manager',
    groupKey: '{}:{alertname="KubePodCrashLooping"}',
    status: 'firing',
    groupLabels: new Map(),
    commonLabels: new Map(),
    commonAnnotations: new Map(),
    externalURL: 'http://alertmanager.monitoring:9093',
    truncatedAlerts: 0,
    notificationReason: '',
    alerts,
    ...group,
  }
  return {
    id: 'f2b1c0de-0000-4000-8000-000000000001',
    receiver: 'EmailReceiver/platform',
    group: narrow(posted, alerts),
    acceptedAt,
  }
}
