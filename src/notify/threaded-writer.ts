import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { OutboxUnavailableError } from '../model/errors.ts'
import { type Metrics } from '../model/ports.ts'
import { type Input, type OperationName } from './sqlite-operations.ts'
import { buffersOf, type StoredPost } from './stored-post.ts'
import { type Writer } from './writer.ts'
import { fromFault, type WriterAnswer, type WriterData, type WriterRequest } from './writer-protocol.ts'

export interface ThreadedWriterDeps extends WriterData {
  readonly metrics: Pick<Metrics, 'observe'>
  /** Called when the thread has ended by itself: nothing can be written until the process is started again. */
  readonly lost: (error: Error) => void
}

/** Operations under way at one time. A post waits for one, an attempt for another: many more than there can be of both. */
const maxWaiting = 10_000

interface Waiting {
  readonly applied: (output: unknown) => void
  readonly reject: (error: Error) => void
}

/** A writer in a thread of its own, so that neither a slow disk nor a large post holds up the event loop. */
export function createThreadedWriter(deps: ThreadedWriterDeps): Writer {
  const thread = openThread(deps)
  const waiting = new Map<number, Waiting>()
  const ended = Promise.withResolvers<undefined>()
  let count = 0
  let refusal: OutboxUnavailableError | undefined

  function lose(error: Error): void {
    if (refusal === undefined) deps.lost(error)
    refusal ??= new OutboxUnavailableError('the thread that writes the outbox has ended', { cause: error })
    for (const { reject } of waiting.values()) reject(refusal)
    waiting.clear()
    ended.resolve(undefined)
  }

  thread.on('message', (answer: WriterAnswer) => {
    if ('committedInSeconds' in answer) {
      deps.metrics.observe('outbox_commit_duration_seconds', answer.committedInSeconds)
    } else if ('closed' in answer) {
      ended.resolve(undefined)
    } else {
      finish(waiting, answer)
    }
  })
  thread.on('error', (error) => lose(error instanceof Error ? error : new Error(String(error))))
  thread.on('exit', (code) => lose(new Error(`the thread ended with code ${code}`)))

  return {
    run(name, input, applied) {
      if (refusal !== undefined) return Promise.reject(refusal)
      if (waiting.size >= maxWaiting) {
        return Promise.reject(new OutboxUnavailableError(`the outbox is busy: ${waiting.size} changes wait`))
      }
      const { promise, resolve, reject } = Promise.withResolvers<never>()
      const take = (output: unknown): void => {
        applied?.(output as never)
        resolve(output as never)
      }
      count += 1
      waiting.set(count, { applied: take, reject })
      thread.postMessage({ id: count, name, input } satisfies WriterRequest, [...transferable(name, input)])
      return promise
    },
    async close() {
      refusal ??= new OutboxUnavailableError('the outbox is closed')
      thread.postMessage({ close: true } satisfies WriterRequest)
      await ended.promise
      await thread.terminate()
    },
  }
}

function openThread({ file, limits }: WriterData): Worker {
  return new Worker(new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url), {
    workerData: { file, limits } satisfies WriterData,
    // Neither the command line nor the environment is the thread's business.
    argv: [],
    env: {},
  })
}

function finish(waiting: Map<number, Waiting>, answer: Extract<WriterAnswer, { readonly id: number }>): void {
  const asked = waiting.get(answer.id)
  waiting.delete(answer.id)
  if ('fault' in answer) asked?.reject(fromFault(answer.fault))
  else asked?.applied(answer.output)
}

function transferable<Name extends OperationName>(name: Name, input: Input<Name>): readonly ArrayBuffer[] {
  return name === 'put' ? buffersOf(input as StoredPost) : []
}
