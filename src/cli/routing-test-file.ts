import { dirname, join } from 'node:path'
import { createValidator } from '../api/validator.ts'
import { type Alert } from '../model/alert.ts'
import { SettingsError } from '../model/errors.ts'
import { formatProblem, type Problem } from '../model/problem.ts'
import { readPayload } from './payload.ts'
import { labelsText } from './printable.ts'
import { routingTestShape, type Expectation, type RoutingCase, type RoutingTests } from './routing-test-schema.ts'
import { type Manifest, type Toolbox } from './toolbox.ts'

/** A case ready to be tried. */
export interface PreparedCase {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly alerts: readonly Alert[]
  readonly expect: Expectation
}

/** Reads routing tests and the payloads that they name. Throws SettingsError with every mistake in them. */
export async function readRoutingTests(toolbox: Toolbox, files: readonly string[]): Promise<readonly PreparedCase[]> {
  const { documents, problems } = await toolbox.readManifests(files)
  refuse(problems)
  if (documents.length === 0) throw new SettingsError(`${files.join(', ')}: no routing tests are there`)
  const validate = createValidator<RoutingTests>(routingTestShape)
  const faults: Problem[] = []
  const cases: { readonly document: Manifest; readonly path: string; readonly value: RoutingCase }[] = []
  for (const document of documents) {
    const verdict = validate(document.value)
    if (!verdict.ok) {
      faults.push(...verdict.faults.map((fault) => problemAt(document, fault)))
      continue
    }
    for (const [place, value] of verdict.value.cases.entries()) {
      const path = `cases[${place}]`
      const fault = faultOf(value, path)
      if (fault !== undefined) faults.push(problemAt(document, fault))
      cases.push({ document, path, value })
    }
  }
  refuse(faults)
  return Promise.all(
    cases.map(async ({ document, path, value }) => {
      const { file, line } = document.originOf(path)
      const { alert, payload, expect } = value
      const alerts = payload === undefined ? [alertOf(value)] : await readAlerts(toolbox, join(dirname(file), payload))
      return { name: value.name ?? payload ?? labelsText(Object.entries(alert ?? {})), file, line, alerts, expect }
    }),
  )
}

interface Fault {
  readonly path: string
  readonly message: string
  readonly remedy: string
}

/** What the schema leaves open so that its errors stay readable. */
function faultOf({ alert, annotations, status, payload }: RoutingCase, path: string): Fault | undefined {
  if (payload === undefined) {
    if (alert !== undefined) return undefined
    return {
      path,
      message: 'has neither alert nor payload',
      remedy: 'give `alert` with labels, or `payload` with a file',
    }
  }
  const beside = Object.entries({ alert, annotations, status }).find(([, value]) => value !== undefined)
  if (beside === undefined) return undefined
  return { path: `${path}.${beside[0]}`, message: 'stands beside payload', remedy: 'give one of the two' }
}

function problemAt(document: Manifest, fault: Fault): Problem {
  const { path, message, remedy } = fault
  return { severity: 'error', reason: 'InvalidObject', path, message, remedy, origin: document.originOf(path) }
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  throw new SettingsError(
    `the tests cannot be read\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`,
  )
}

async function readAlerts(toolbox: Toolbox, file: string): Promise<readonly Alert[]> {
  const { alerts } = await readPayload(toolbox, file)
  if (alerts.length === 0)
    throw new SettingsError(`--payload: ${file} holds no alert, so nothing can be expected of it`)
  return alerts
}

function alertOf({ alert = {}, annotations = {}, status = 'firing' }: RoutingCase): Alert {
  return {
    status,
    labels: new Map(Object.entries(alert)),
    annotations: new Map(Object.entries(annotations)),
    startsAt: '',
    endsAt: null,
    generatorURL: '',
    fingerprint: '',
  }
}
