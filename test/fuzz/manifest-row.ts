/** One hostile file. */
export interface Row {
  readonly name: string
  /** Made when it is needed: some are megabytes. */
  readonly text: () => string | Uint8Array
  /** Whether it holds nothing that is wrong, only much of it. */
  readonly harmless?: boolean
}

/** `npm run test:fuzz` has the files as their names say; the whole suite has them a twentieth as large. */
const share = Number(process.env['FUZZ_CASES'] ?? 0) >= 1_000_000 ? 1 : 0.05

/** Characters of what is long. */
export const long = 1_400_000 * share
/** How many there are of what is many. */
export const many = 100_000 * share

/** The first line of our objects. */
export const version = 'apiVersion: notification.kubesphere.io/v2alpha1'

/** A receiver with this text below `spec:`; one line, or lines indented by two. */
export function receiver(spec: string, name = 'hostile'): string {
  return `${version}\nkind: EmailReceiver\nmetadata:\n  name: ${name}\n  labels: { type: global }\nspec: ${spec}\n`
}

/** One of Kubernetes' own objects. */
export function core(kind: string, body: string, name = 'hostile'): string {
  return `apiVersion: v1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: notifications }\n${body}\n`
}

/** So many items; fewer in the short form where they are thousands. */
export function list(count: number, item: (place: number) => string, separator = ', '): string {
  const length = count > 2_000 ? count * share : count
  return Array.from({ length }, (_, place) => item(place)).join(separator)
}

/** The same in brackets. */
export function flow(count: number, item: (place: number) => string): string {
  return `[${list(count, item)}]`
}

/** The same in braces. */
export function map(count: number, item: (place: number) => string): string {
  return `{${list(count, item)}}`
}
