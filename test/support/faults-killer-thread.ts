import { watch } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { type Order } from './faults-killer.ts'

/**
 * The thread of `startKiller`: it does nothing but watch a folder and kill, so that no other work comes between a change and the
 * kill.
 */
const { folder } = workerData as { readonly folder: string }
let order: Order | undefined

function kill({ pid }: Order): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
  parentPort?.postMessage('killed')
}

watch(folder, (_event, file) => {
  const due = order
  if (due === undefined || (due.file !== undefined && file !== due.file)) return
  order = undefined
  if (due.afterMs === 0) kill(due)
  else setTimeout(kill, due.afterMs, due)
})
parentPort?.on('message', (next: Order | undefined) => {
  order = next
})
parentPort?.postMessage('watching')
