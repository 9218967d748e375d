import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { run } from '../../src/cli/program.ts'
import { type Toolbox } from '../../src/cli/toolbox.ts'
import { generated, load, parsePayload, readManifests } from '../../src/offline.ts'
import { connect } from '../../src/remote.ts'

/** What a verb printed and how it ended. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the program in this process with the real composition, its output caught. `root` is where `generate` writes, `input` what it reads. */
export async function program(
  argv: readonly string[],
  options: {
    readonly colour?: boolean
    readonly root?: string
    readonly toolbox?: Partial<Toolbox>
    readonly input?: string
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<Ended> {
  let out = ''
  let err = ''
  const code = await run(argv, {
    terminal: {
      out: (text) => (out += text),
      err: (text) => (err += text),
      colour: options.colour ?? false,
    },
    version: '1.2.3',
    now: () => Date.UTC(2026, 10, 22, 12),
    serve: () => Promise.resolve(0),
    demo: () => Promise.resolve(0),
    operate: () => Promise.resolve(0),
    load: (paths, flags) => load(paths, flags, {}),
    readManifests: (paths) => readManifests(paths, Readable.from([options.input ?? ''])),
    connect: (flags) => connect(flags, options.env ?? {}),
    parsePayload,
    generated,
    root: options.root ?? mkdtempSync(join(tmpdir(), 'notification-manager-test-')),
    ...options.toolbox,
  })
  return { code, out, err }
}

export const demo = join(import.meta.dirname, '..', '..', 'kustomize', 'overlays', 'demo')
export const payments = join(demo, 'alerts', 'payments.json')
