import { type Kinds } from '../api/kinds.ts'
import { type ApiObject } from './cluster.ts'
import { apiKindOf, configMapKind } from './kinds.ts'
import { keepConfigMap, readConfigMaps } from './lookup.ts'
import { createRulesReader, type ConfigMapName, type RulesReading } from './rules-config-map.ts'
import { createWatchSet, type WantedWatch, type WatchSetDeps } from './watch-set.ts'
import { type Watched } from './watched.ts'

/** Watches without which no snapshot is whole: our own kinds, and the ConfigMap of platform rules when one is named. */
export interface RequiredWatches {
  start(): void
  /** What was never listed: `plural.group: why`, or without a reason when it is only a matter of time. */
  missing(): readonly string[]
  rules(): RulesReading
  watches(): readonly Watched[]
  close(): Promise<void>
}

/** What the required watches need. */
export interface RequiredWatchesDeps extends WatchSetDeps {
  readonly kinds: Kinds
  readonly rulesConfigMap?: ConfigMapName
  readonly onObjects: (kind: string, changed: readonly string[], objects: ReadonlyMap<string, ApiObject>) => void
  readonly onRules: () => void
}

const rulesWatch = 'rules'
const noRules: RulesReading = { rules: [], problems: [] }

export function createRequiredWatches(deps: RequiredWatchesDeps): RequiredWatches {
  const { kinds, rulesConfigMap } = deps
  const set = createWatchSet(deps)
  const readAll = readConfigMaps()
  const readRules = rulesConfigMap === undefined ? undefined : createRulesReader(rulesConfigMap)

  function wanted(): ReadonlyMap<string, WantedWatch> {
    const found = new Map<string, WantedWatch>()
    for (const kind of kinds.list) {
      const onChange: WantedWatch['onChange'] = (objects, changed) => deps.onObjects(kind.kind, changed, objects)
      found.set(kind.kind, { query: { kind: apiKindOf(kind) }, onChange })
    }
    if (rulesConfigMap !== undefined) {
      const { namespace, name } = rulesConfigMap
      const query = { kind: configMapKind, namespace, fieldSelector: `metadata.name=${name}` }
      found.set(rulesWatch, { query, tap: { keep: keepConfigMap }, onChange: deps.onRules })
    }
    return found
  }

  return {
    start: () => set.keep(wanted()),
    missing: () => set.all().flatMap((watched) => (watched.synced() ? [] : [explain(watched)])),
    rules() {
      const watched = set.get(rulesWatch)
      return watched === undefined || readRules === undefined ? noRules : readRules(readAll(watched.objects)[0])
    },
    watches: () => set.all(),
    close: () => set.close(),
  }
}

function explain(watched: Watched): string {
  const { kind, namespace } = watched.query
  const what = `${kind.plural}${kind.group === '' ? '' : `.${kind.group}`}${namespace === undefined ? '' : ` in ${namespace}`}`
  const failure = watched.failure()
  return failure === undefined ? what : `${what}: ${failure.message}`
}
