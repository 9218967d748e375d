import { parentPort } from 'node:worker_threads'
import { type PlanningRequest } from '../../src/notify/planning-protocol.ts'

/** A program for the planner's tests: plans one part a notification; never, or only an end, for ids that say so. */
parentPort?.on('message', ({ notification }: PlanningRequest) => {
  if (notification.id.startsWith('exit')) process.exit(1)
  if (notification.id.startsWith('hang')) for (;;) JSON.parse('[]')
  const parts = [{ marks: ['all'], summary: notification.id, request: 'x' }]
  parentPort?.postMessage({ parts, fallbacks: [], more: false })
})
