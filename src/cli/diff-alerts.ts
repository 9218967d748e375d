import { createValidator } from '../api/validator.ts'
import { type Alert } from '../model/alert.ts'
import { NotReadyError, SettingsError } from '../model/errors.ts'
import { formatProblem } from '../model/problem.ts'
import { type Explanation, type Ruleset } from '../rules/ruleset.ts'
import { readPayload } from './payload.ts'
import { type Toolbox, type VerbFlags } from './toolbox.ts'

/** A receiver that is told by one of two rulesets only, and why. */
export interface Told {
  readonly receiver: string
  readonly because: string
}

/** An alert that other receivers would be told about. */
export interface AlertDifference {
  readonly alert: Alert
  readonly added: readonly Told[]
  readonly removed: readonly Told[]
  /** The platform rules that drop it, where one of them does and they differ. */
  readonly droppedBy?: { readonly before: string | null; readonly after: string | null }
}

/** The alerts of `--payload` and `--alerts`. Throws SettingsError. */
export async function readAlerts(toolbox: Toolbox, flags: VerbFlags): Promise<readonly Alert[]> {
  const { payload, alerts } = flags
  return [
    ...(typeof payload === 'string' ? (await readPayload(toolbox, payload)).alerts : []),
    ...(typeof alerts === 'string' ? await readAlertList(toolbox, alerts) : []),
  ]
}

interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const pairs = { type: 'object', additionalProperties: { type: 'string' } }

/** What `amtool alert query -o json` and Alertmanager's `GET /api/v2/alerts` give; their other fields do not matter. */
const listShape = {
  type: 'array',
  items: { type: 'object', required: ['labels'], properties: { labels: pairs, annotations: pairs } },
}

async function readAlertList(toolbox: Toolbox, file: string): Promise<readonly Alert[]> {
  const { documents, problems } = await toolbox.readManifests([file])
  const [problem] = problems
  if (problem !== undefined) throw new SettingsError(`--alerts: ${formatProblem(problem)}`)
  const validate = createValidator<readonly ListedAlert[]>(listShape)
  return documents.flatMap(({ value }) => {
    const verdict = validate(value)
    if (verdict.ok) return verdict.value.map(toAlert)
    const [fault] = verdict.faults
    throw new SettingsError(`--alerts: ${file}: ${fault?.path ?? ''} ${fault?.message ?? ''}; ${fault?.remedy ?? ''}`)
  })
}

function toAlert({ labels, annotations = {} }: ListedAlert): Alert {
  return {
    status: 'firing',
    labels: new Map(Object.entries(labels)),
    annotations: new Map(Object.entries(annotations)),
    startsAt: '',
    endsAt: null,
    generatorURL: '',
    fingerprint: '',
  }
}

/** Who would be told by one ruleset and not by the other; undefined when it is the same. */
export async function diffAlert(before: Ruleset, after: Ruleset, alert: Alert): Promise<AlertDifference | undefined> {
  const [one, other] = [await explained(before, alert), await explained(after, alert)]
  const [toldBefore, toldAfter] = [toldBy(one), toldBy(other)]
  const removed = toldBefore.filter(({ receiver }) => !names(toldAfter).has(receiver))
  const added = toldAfter.filter(({ receiver }) => !names(toldBefore).has(receiver))
  const [dropBefore, dropAfter] = [one?.droppedBy ?? null, other?.droppedBy ?? null]
  if (removed.length + added.length === 0 && dropBefore === dropAfter) return undefined
  const dropped = dropBefore === dropAfter ? {} : { droppedBy: { before: dropBefore, after: dropAfter } }
  return { alert, added, removed, ...dropped }
}

/** Without a NotificationManager nobody is told. */
async function explained(ruleset: Ruleset, alert: Alert): Promise<Explanation | undefined> {
  try {
    return await ruleset.explain(alert)
  } catch (error) {
    if (error instanceof NotReadyError) return undefined
    throw error
  }
}

function toldBy(explanation: Explanation | undefined): readonly Told[] {
  const told = (explanation?.receivers ?? []).filter(({ matched }) => matched)
  return told.map(({ receiver, because }) => ({ receiver, because }))
}

function names(told: readonly Told[]): ReadonlySet<string> {
  return new Set(told.map(({ receiver }) => receiver))
}
