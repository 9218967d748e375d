import { posix } from 'node:path'
import { isRecord, own } from '../api/json-schema.ts'
import { type Origin } from '../model/object.ts'
import { type ConfigMapObject } from './core-kinds.ts'

/** One file that a pod of the NotificationManager would see. */
export interface MountedFile {
  readonly path: string
  readonly text: string
  /** Where the text's first line was written, when that was in a file. */
  readonly origin: () => Origin | undefined
}

/** A volume's ConfigMap, and which of its keys become which files; all of them under their own names when absent. */
interface Source {
  readonly name: string
  readonly items?: readonly { readonly key: string; readonly path: string }[]
}

/**
 * The files that `spec.volumes` and `spec.volumeMounts` of a NotificationManager make of ConfigMaps, with `items`, `subPath` and
 * projected volumes (https://kubernetes.io/docs/concepts/storage/volumes/#configmap). A ConfigMap is looked for in `ownNamespace`
 * first, then in the others by name. Sorted by path.
 */
export function mountedFiles(
  spec: unknown,
  configMaps: readonly ConfigMapObject[],
  ownNamespace: string,
): readonly MountedFile[] {
  const ranked = configMaps.toSorted((a, b) => rank(a, ownNamespace).localeCompare(rank(b, ownNamespace), 'en'))
  const volumes = new Map(records(spec, 'volumes').map((volume) => [own(volume, 'name'), sourcesOf(volume)]))
  const files = records(spec, 'volumeMounts').flatMap((mount) =>
    (volumes.get(own(mount, 'name')) ?? []).flatMap((source) => {
      const configMap = ranked.find(({ name }) => name === source.name)
      return configMap === undefined ? [] : mountOne(mount, source, configMap)
    }),
  )
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Names of the ConfigMaps that volumes are made of, each once, sorted. */
export function configMapsOfVolumes(spec: unknown): readonly string[] {
  return [...new Set(records(spec, 'volumes').flatMap((volume) => sourcesOf(volume).map(({ name }) => name)))].sort()
}

/** Names of ConfigMaps that volumes mount and nothing defines. */
export function missingConfigMaps(spec: unknown, configMaps: readonly ConfigMapObject[]): readonly string[] {
  return configMapsOfVolumes(spec).filter((name) => configMaps.every((other) => other.name !== name))
}

function rank({ namespace }: ConfigMapObject, ownNamespace: string): string {
  return namespace === ownNamespace ? '' : namespace
}

function mountOne(mount: Readonly<Record<string, unknown>>, source: Source, configMap: ConfigMapObject): MountedFile[] {
  const mountPath = own(mount, 'mountPath')
  const subPath = own(mount, 'subPath')
  if (typeof mountPath !== 'string') return []
  const items = source.items ?? [...configMap.data.keys()].map((key) => ({ key, path: key }))
  return items.flatMap(({ key, path }) => {
    const text = configMap.data.get(key)
    const below = typeof subPath === 'string' && subPath !== '' ? within(path, posix.normalize(subPath)) : path
    if (text === undefined || below === undefined) return []
    return [
      { path: posix.join(mountPath, below).replace(/(?<=.)\/$/u, ''), text, origin: () => textOrigin(configMap, key) },
    ]
  })
}

/** The part of `path` below `subPath`; empty when they are the same, so that the mount path itself is the file. */
function within(path: string, subPath: string): string | undefined {
  if (path === subPath) return ''
  return path.startsWith(`${subPath}/`) ? path.slice(subPath.length + 1) : undefined
}

/** A text of several lines is a block that begins on the line after its key. */
function textOrigin({ originOf, data }: ConfigMapObject, key: string): Origin | undefined {
  const origin = originOf(`data[${JSON.stringify(key)}]`)
  if (origin === undefined) return undefined
  const { file, line } = origin
  return { file, line: data.get(key)?.includes('\n') === true ? line + 1 : line }
}

function sourcesOf(volume: Readonly<Record<string, unknown>>): readonly Source[] {
  const projected = own(volume, 'projected')
  return [volume, ...records(projected, 'sources')].flatMap((holder) => {
    const configMap = own(holder, 'configMap')
    const name = isRecord(configMap) ? own(configMap, 'name') : undefined
    if (!isRecord(configMap) || typeof name !== 'string') return []
    const items = own(configMap, 'items')
    return [Array.isArray(items) ? { name, items: records(configMap, 'items').flatMap(toItem) } : { name }]
  })
}

function toItem(item: Readonly<Record<string, unknown>>): { readonly key: string; readonly path: string }[] {
  const [key, path] = [own(item, 'key'), own(item, 'path')]
  return typeof key === 'string' && typeof path === 'string' ? [{ key, path: posix.normalize(path) }] : []
}

/** The objects of a list field. */
function records(holder: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const list = isRecord(holder) ? own(holder, field) : undefined
  return Array.isArray(list) ? (list as readonly unknown[]).filter(isRecord) : []
}
