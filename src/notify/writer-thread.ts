import { parentPort, workerData } from 'node:worker_threads'
import { createCommitQueue } from './commit-queue.ts'
import { openWriter } from './sqlite-database.ts'
import { createOperations } from './sqlite-operations.ts'
import { createWriter } from './writer.ts'
import { toFault, type WriterAnswer, type WriterData, type WriterRequest } from './writer-protocol.ts'

/** The thread that writes the outbox; see threaded-writer.ts for the other side. */
function serve(port: NonNullable<typeof parentPort>, { file, limits }: WriterData): void {
  const answer = (message: WriterAnswer): void => port.postMessage(message)
  const database = openWriter(file)
  const queue = createCommitQueue({
    database,
    clock: { now: () => performance.now() },
    metrics: { observe: (_name, seconds) => answer({ committedInSeconds: seconds }) },
    maxBatch: limits.maxBatch,
  })
  const writer = createWriter(database, createOperations(database, limits), queue)

  port.on('message', (request: WriterRequest) => {
    if ('close' in request) {
      void writer.close().then(() => answer({ closed: true }))
      return
    }
    const { id, name, input } = request
    writer.run(name, input as never).then(
      (output) => answer({ id, output }),
      (error: unknown) => answer({ id, fault: toFault(error) }),
    )
  })
}

if (parentPort !== null) serve(parentPort, workerData as WriterData)
