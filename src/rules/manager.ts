import { type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { compareText } from './order.ts'
import { listRefs, problemOf } from './problems.ts'
import { type ManagerSpec, type Snapshot } from './snapshot.ts'

/** The NotificationManager in force, if any, and what is to be said about the others. */
export interface ManagerChoice {
  readonly manager: Resource<ManagerSpec> | undefined
  readonly problems: readonly Problem[]
}

/** The one that the settings name, or else the oldest; one without a creation time is the youngest. */
export function chooseManager({ managers, managerName }: Pick<Snapshot, 'managers' | 'managerName'>): ManagerChoice {
  const ordered = managers.toSorted(byAge)
  const manager = managerName === undefined ? ordered[0] : ordered.find(({ metadata }) => metadata.name === managerName)
  if (manager === undefined) return { manager, problems: [notFound(managers, managerName)] }
  const others = ordered.filter((other) => other !== manager)
  return { manager, problems: others.map((other) => superseded(other, manager)) }
}

function byAge(one: Resource, other: Resource): number {
  return ageOf(one) - ageOf(other) || compareText(one.metadata.name, other.metadata.name)
}

/** Creation time in milliseconds since the epoch; without one that can be read, later than all. */
function ageOf({ metadata: { creationTimestamp } }: Resource): number {
  const ms = Date.parse(creationTimestamp ?? '')
  return Number.isNaN(ms) ? Number.MAX_SAFE_INTEGER : ms
}

function notFound(managers: readonly Resource[], managerName: string | undefined): Problem {
  const common = { severity: 'error', reason: 'ManagerNotFound', path: '' } as const
  if (managerName === undefined) {
    return {
      ...common,
      message: 'there is no NotificationManager, so nothing can be routed',
      remedy: 'apply one; it says which receivers are in force',
    }
  }
  return {
    ...common,
    object: { kind: 'NotificationManager', name: managerName },
    message: 'the NotificationManager named with --name is not there, so nothing can be routed',
    remedy: managers.length === 0 ? 'apply it' : `apply it, or name one of ${listRefs(managers)}`,
  }
}

function superseded(other: Resource, manager: Resource): Problem {
  return problemOf('warning', other, {
    reason: 'Superseded',
    path: '',
    message: `is not in force: ${listRefs([manager])} is`,
    remedy: 'delete one of them, or choose one with --name',
  })
}
