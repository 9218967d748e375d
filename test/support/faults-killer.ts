import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Whom to kill when a file of the folder changes. */
export interface Order {
  readonly pid: number
  /** Any file, when absent. */
  readonly file?: string
  /** How long after the change. */
  readonly afterMs: number
}

/** Kills a process as soon as it writes to a file: within a fraction of a millisecond, where the machine has the time. */
export interface Killer {
  /** Takes the place of the order before; `onKilled` is called after the kill. */
  order(order: Order, onKilled: () => void): void
  /** Nobody is to be killed any more. */
  cancel(): void
  stop(): Promise<void>
}

export async function startKiller(folder: string): Promise<Killer> {
  const worker = new Worker(join(import.meta.dirname, 'faults-killer-thread.ts'), { workerData: { folder } })
  await once(worker, 'message')
  let onKilled: (() => void) | undefined
  worker.on('message', () => onKilled?.())
  return {
    order(order, listener) {
      onKilled = listener
      worker.postMessage(order)
    },
    cancel() {
      onKilled = undefined
      worker.postMessage(undefined)
    },
    async stop() {
      await worker.terminate()
    },
  }
}
