import { spawn } from 'node:child_process'
import { type Clock } from '../model/ports.ts'
import { errorCode } from '../resources/read-file.ts'

/** How a program ended. */
export type ProgramEnd =
  | { readonly end: 'ok'; readonly stdout: string }
  | { readonly end: 'absent' }
  | { readonly end: 'failed'; readonly detail: string }

/** Bounds of one run. */
export interface ProgramOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** The program's environment; this process's own when absent. `PATH` in it decides where programs are looked for. */
  readonly environment?: Readonly<Record<string, string>>
}

const maxErrorChars = 16_384

/** Runs a program with nothing on its standard input. It and what it started end when the time, the output bound or the signal says so. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(options.environment === undefined ? {} : { env: options.environment }),
  })
  const done = new AbortController()
  let stopped: string | undefined
  function stop(why: string): void {
    stopped ??= why
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid)
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const onAbort = (): void => stop('was stopped')
  options.signal.addEventListener('abort', onAbort, { once: true })
  if (options.signal.aborted) onAbort()
  void options.clock.sleep(options.timeoutMs, done.signal).then(() => {
    if (!done.signal.aborted) stop(`did not end within ${options.timeoutMs / 1_000} s`)
  })
  const output: Buffer[] = []
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > options.maxBytes) stop(`wrote more than ${options.maxBytes} bytes`)
    else output.push(chunk)
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (errors.length < maxErrorChars) errors += chunk.slice(0, maxErrorChars)
  })
  try {
    const code = await ended(child)
    if (stopped !== undefined) return { end: 'failed', detail: stopped }
    if (code === 0) return { end: 'ok', stdout: Buffer.concat(output).toString('utf8') }
    return { end: 'failed', detail: errors }
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? { end: 'absent' } : { end: 'failed', detail: errorCode(error) }
  } finally {
    done.abort()
    options.signal.removeEventListener('abort', onAbort)
  }
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('close', resolve)
  return promise
}

/** The program leads a process group of its own, so that what it started (git, for a remote base) ends with it. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}
