/** What a JSON Schema validator reports, as far as it is read. */
export interface Fault {
  readonly keyword: string
  /** JSON pointer. */
  readonly instancePath: string
  readonly params: object
  readonly message?: string
}

/** Longest piece of a path that is repeated to the sender. */
const maxNameLength = 64

/** A JSON pointer for people: `/alerts/0/labels/a.b` → `alerts[0].labels["a.b"]`. The body itself is `the body`. */
export function pathOf(pointer: string): string {
  if (pointer === '') return 'the body'
  const path = pointer
    .slice(1)
    .split('/')
    .map((piece) => piece.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(step)
    .join('')
  return path.startsWith('.') ? path.slice(1) : path
}

function step(piece: string): string {
  if (/^\d+$/u.test(piece)) return `[${piece}]`
  if (/^[A-Za-z_]\w{0,63}$/u.test(piece)) return `.${piece}`
  const name = piece.length > maxNameLength ? `${piece.slice(0, maxNameLength)}…` : piece
  return `[${JSON.stringify(name.toWellFormed())}]`
}

/** One sentence that names the path and what would be right. Holds names of the body, never its values. */
export function describeFault(fault: Fault): string {
  const missing = listOf(fault.params, 'requiredProperties')[0]
  const path = pathOf(missing === undefined ? fault.instancePath : `${fault.instancePath}/${missing}`)
  return `${path} ${problemOf(fault)}; expected Alertmanager's webhook body, version 4${hintFor(fault.instancePath, missing)}`
}

function problemOf(fault: Fault): string {
  switch (fault.keyword) {
    case 'required':
      return 'is missing'
    case 'type':
      return `must be ${listOf(fault.params, 'type').map(article).join(' or ')}`
    case 'enum':
      return 'must be firing or resolved'
    case 'pattern':
      return 'must be a time as in RFC 3339'
    default:
      return fault.message ?? 'is not valid'
  }
}

function hintFor(pointer: string, missing: string | undefined): string {
  if (pointer === '' && missing === 'alerts') return ': {"alerts": [{"labels": {…}}]}'
  if (missing === 'labels' || /^\/alerts\/\d+\/(labels|annotations)(\/|$)/u.test(pointer)) {
    return ', where labels and annotations are objects of strings'
  }
  return ''
}

function listOf(params: object, name: string): readonly string[] {
  const value: unknown = Object.entries(params).find(([key]) => key === name)?.[1]
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function article(type: string): string {
  if (type === 'null') return type
  return /^[aeio]/u.test(type) ? `an ${type}` : `a ${type}`
}
