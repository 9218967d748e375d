import { parentPort } from 'node:worker_threads'
import { channels } from './channels/index.ts'
import { plan } from './notify/plan.ts'
import { type TemplateSources } from './notify/planner.ts'
import { groupOf, nextParts, toAnswers, type PlanningAnswer, type PlanningRequest } from './notify/planning-protocol.ts'
import { type TemplateLibrary } from './templates/library.ts'
import { createTemplates } from './templates/templates.ts'

/** The thread that turns large groups into messages: composed here, because only here channels and templates may meet. */
function serve(port: NonNullable<typeof parentPort>): void {
  const libraryOf = createLibraries()
  let answers: readonly PlanningAnswer[] = []
  port.on('message', (request: PlanningRequest | typeof nextParts) => {
    if (request !== nextParts) answers = answer(request, libraryOf)
    const [next, ...rest] = answers
    answers = rest
    port.postMessage(next)
  })
}

function answer(
  request: PlanningRequest,
  libraryOf: (sources: TemplateSources | undefined) => TemplateLibrary,
): readonly PlanningAnswer[] {
  try {
    const templates = libraryOf(request.sources)
    const channel = channels.find(({ name }) => name === request.receiver.channel)
    if (channel === undefined) throw new Error(`there is no channel ${request.receiver.channel}`)
    const fallbacks: string[] = []
    const parts = plan({
      notification: { ...request.notification, group: groupOf(request) },
      receiver: { ...request.receiver, channel },
      templates,
      done: new Set(request.done),
      fallbacks,
    })
    return toAnswers({ parts, fallbacks })
  } catch (error) {
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error))
    return [{ fault: { message, stack } }]
  }
}

/** The library of the texts that came last; parsing them takes tens of milliseconds. */
function createLibraries(): (sources: TemplateSources | undefined) => TemplateLibrary {
  let last: TemplateLibrary | undefined
  return (sources) => {
    if (sources !== undefined) last = createTemplates({ builtin: sources.builtin }).load(sources.files).library
    if (last === undefined) throw new Error('no templates came with the first request')
    return last
  }
}

if (parentPort !== null) serve(parentPort)
