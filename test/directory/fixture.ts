import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext } from 'node:test'
import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { loadOnce } from '../../src/directory/load-once.ts'
import { type Validate } from '../../src/directory/objects.ts'
import { type DirectoryOptions } from '../../src/directory/reader.ts'
import { createDirectorySource, type DirectorySource } from '../../src/directory/source.ts'
import { type Problem } from '../../src/model/problem.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { systemClock } from '../../src/system.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'

const kinds = createKinds(channels)

/** The real schemas. */
export const validate: Validate = (object, originOf) => kinds.validate(object, originOf)

/** A temporary folder with files in it, gone after the test. */
export interface Folder {
  readonly path: string
  write(file: string, text: string | Uint8Array): string
  remove(file: string): void
}

export function createFolder(t: TestContext, files: Readonly<Record<string, string>> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), 'nm-directory-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const folder: Folder = {
    path,
    write(file, text) {
      const target = join(path, file)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, text)
      return target
    },
    remove: (file) => rmSync(join(path, file), { recursive: true }),
  }
  for (const [file, text] of Object.entries(files)) folder.write(file, text)
  return folder
}

const apiVersion = 'apiVersion: notification.kubesphere.io/v2alpha1'

export function manager(spec = ''): string {
  return `${apiVersion}\nkind: NotificationManager\nmetadata:\n  name: notification-manager\nspec:\n  receivers:\n    tenantKey: user\n${spec}`
}

export function receiver(name: string, to = 'a@example.com'): string {
  return `${apiVersion}\nkind: EmailReceiver\nmetadata:\n  name: ${name}\n  labels:\n    type: global\nspec:\n  to:\n  - ${to}\n`
}

export function secret(name: string, stringData: Readonly<Record<string, string>>, namespace = 'monitoring'): string {
  const lines = Object.entries(stringData).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`)
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nstringData:\n${lines.join('')}`
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = 'monitoring'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata: ${JSON.stringify(data)}\n`
}

export function optionsFor(paths: readonly string[], more: Partial<DirectoryOptions> = {}): DirectoryOptions {
  return { paths, validate, ownNamespace: 'monitoring', clock: systemClock, ...more }
}

/** Reads once, with the real schemas. */
export async function load(
  paths: readonly string[],
  more: Partial<DirectoryOptions> = {},
): ReturnType<typeof loadOnce> {
  return loadOnce(optionsFor(paths, more), new AbortController().signal)
}

/** Names of the receivers, stale ones with a star. */
export function receiversOf(snapshot: Snapshot): readonly string[] {
  return snapshot.receivers.map(({ metadata, stale }) => `${metadata.name}${stale === true ? '*' : ''}`)
}

export function brief(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ reason, path, origin }) => `${reason} ${path}@${origin?.line ?? '?'}`)
}

/** A started source, and a way to wait for what it hands over. */
export interface Harness {
  readonly source: DirectorySource
  readonly log: LogCapture
  readonly metrics: MemoryMetrics
  readonly snapshots: readonly Snapshot[]
  readonly changedSecrets: readonly string[]
  /** The first snapshot, past or future, that the condition holds for. Fails after ten seconds. */
  until(condition: (snapshot: Snapshot) => boolean): Promise<Snapshot>
}

export async function startSource(
  t: TestContext,
  paths: readonly string[],
  more: Partial<DirectoryOptions> & { readonly pollMs?: number; readonly take?: () => void } = {},
): Promise<Harness> {
  const snapshots: Snapshot[] = []
  const changedSecrets: string[] = []
  const waiting = new Set<() => void>()
  const log = createLogCapture()
  const metrics = createMemoryMetrics()
  const source = createDirectorySource({
    ...optionsFor(paths, more),
    logger: log,
    metrics,
    pollMs: 3_600_000,
    ...(more.pollMs === undefined ? {} : { pollMs: more.pollMs }),
    onSecretsChanged: (changed) =>
      void changedSecrets.push(...changed.map(({ namespace, name }) => `${namespace}/${name}`)),
  })
  t.after(() => source.close())
  await source.start((snapshot) => {
    more.take?.()
    snapshots.push(snapshot)
    for (const check of waiting) check()
  }, new AbortController().signal)
  return {
    source,
    log,
    metrics,
    snapshots,
    changedSecrets,
    async until(condition) {
      const { promise, resolve } = Promise.withResolvers<Snapshot>()
      const check = (): void => {
        const found = snapshots.findLast(condition)
        if (found !== undefined) resolve(found)
      }
      waiting.add(check)
      check()
      const deadline = new AbortController()
      const late = systemClock.sleep(10_000, deadline.signal).then(() => undefined)
      const found = await Promise.race([promise, late])
      deadline.abort()
      waiting.delete(check)
      assert.ok(found !== undefined, `no such snapshot within 10 s; last: ${JSON.stringify(snapshots.at(-1))}`)
      return found
    },
  }
}

/** Holds for exactly these receivers, and no problem. */
export function clean(wanted: string): (snapshot: Snapshot) => boolean {
  return (snapshot) => receiversOf(snapshot).join() === wanted && snapshot.problems.length === 0
}

/** Holds for exactly these receivers, and a problem. */
export function faulty(wanted: string): (snapshot: Snapshot) => boolean {
  return (snapshot) => receiversOf(snapshot).join() === wanted && snapshot.problems.length > 0
}
