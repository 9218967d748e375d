import { type ApiKind, type ApiObject } from '../kubernetes/cluster.ts'
import { createReflector, type Reflector, type ReflectorDeps } from '../kubernetes/reflector.ts'
import { childKinds, managerKind } from './api-kinds.ts'
import { managerLabel, managerOfChild } from './names.ts'

/** What watching needs. */
export interface CopiesDeps extends ReflectorDeps {
  /** Where the objects of NotificationManagers are. */
  readonly namespace: string
}

/** Copies of everything that is watched, kept for the life of the operator. */
export interface Copies {
  readonly reflectors: readonly Reflector[]
  live(kind: ApiKind, name: string): ApiObject | undefined
  /** The names of all NotificationManagers. */
  managers(): Iterable<string>
  /** Who is told the names of NotificationManagers that changed, or of whom a child did. */
  onChange: (names: readonly string[]) => void
  run(signal: AbortSignal): Promise<void>
}

/** Makes the copies; nothing is asked before `run`. */
export function createCopies(disruptionBudget: ApiKind, deps: CopiesDeps): Copies {
  const { namespace } = deps
  const managers = createReflector({ kind: managerKind }, deps)
  const children = childKinds(disruptionBudget).map((kind) => ({
    kind,
    reflector: createReflector({ kind, namespace, labelSelector: managerLabel }, deps),
  }))
  const byKind = new Map(children.map(({ kind, reflector }) => [kind, reflector]))

  const copies: Copies = {
    reflectors: [managers, ...byKind.values()],
    live(kind, name) {
      return kind === managerKind ? managers.objects.get(name) : byKind.get(kind)?.objects.get(`${namespace}/${name}`)
    },
    managers: () => managers.objects.keys(),
    onChange: () => undefined,
    async run(signal) {
      const ofChild = (kind: ApiKind, changed: readonly string[]): readonly string[] =>
        changed.flatMap((key) => managerOfChild(kind, key.slice(namespace.length + 1)) ?? [])
      await Promise.all([
        managers.run((names) => copies.onChange(names), signal),
        ...children.map(({ kind, reflector }) =>
          reflector.run((changed) => copies.onChange(ofChild(kind, changed)), signal),
        ),
      ])
    },
  }
  return copies
}
