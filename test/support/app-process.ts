import { join } from 'node:path'
import { freePort, start, waitFor, type Program } from './programs/process.ts'

/** The server as a user starts it: a process of its own, reached over HTTP only. */
export interface AppProcess {
  readonly url: string
  readonly process: Program
  /** GET as JSON. */
  get(path: string): Promise<unknown>
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>
  /** `kill -9`, and wait until it is gone. */
  kill(): Promise<void>
  stop(): Promise<void>
}

const entry = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

/** Starts `serve` (or another verb) on a free loopback port, and waits until it takes alerts. */
export async function startApp(options: {
  readonly args: readonly string[]
  readonly verb?: 'serve' | 'demo' | 'operator'
  readonly port?: number
  readonly env?: NodeJS.ProcessEnv
}): Promise<AppProcess> {
  const { args, verb = 'serve', port = await freePort(), env = process.env } = options
  const url = `http://127.0.0.1:${port}`
  const program = start(process.execPath, [entry, verb, '--listen', `127.0.0.1:${port}`, ...args], { env })
  await waitFor('the server taking alerts', () => isReady(url, program), {
    timeoutMs: 30_000,
    describe: program.output,
  })
  return {
    url,
    process: program,
    async get(path) {
      const answer = await fetch(`${url}${path}`)
      return answer.json()
    },
    post: (path, body) => postJson(`${url}${path}`, body),
    kill: () => program.stop('SIGKILL'),
    stop: () => program.stop('SIGTERM'),
  }
}

async function isReady(url: string, program: Program): Promise<true | undefined> {
  if (program.child.exitCode !== null)
    throw new Error(`the server ended with ${program.child.exitCode}\n${program.output()}`)
  const answer = await fetch(`${url}/-/ready`).catch(() => undefined)
  return answer?.ok === true ? true : undefined
}

/** POST as JSON; the answer's body parsed. */
export async function postJson(
  url: string,
  body: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
  return { status: answer.status, body: await answer.json() }
}
