import { textOf } from '../text-of.ts'
import { type Filter, type FilterScope } from './scope.ts'

/** What a severity means to the reader; `words` are the spellings seen in the field. */
interface SeverityClass {
  readonly words: readonly string[]
  readonly colour: string
  readonly emoji: string
}

const unknownClass: SeverityClass = { words: [], colour: '#475467', emoji: '⚪' }
const resolvedClass: SeverityClass = { words: ['resolved'], colour: '#067647', emoji: '🟢' }

/** Worst first. The colours keep a contrast of at least 4.5 to white (WCAG AA), so that white text can stand on them. */
const classes: readonly SeverityClass[] = [
  {
    words: ['critical', 'crit', 'fatal', 'emergency', 'disaster', 'page', 'p1', 'sev1'],
    colour: '#c4210f',
    emoji: '🔴',
  },
  { words: ['error', 'err', 'major', 'high', 'p2', 'sev2'], colour: '#c2410c', emoji: '🟠' },
  { words: ['warning', 'warn', 'minor', 'average', 'medium', 'p3', 'sev3'], colour: '#b45f06', emoji: '🟡' },
  unknownClass,
  {
    words: ['info', 'information', 'informational', 'notice', 'low', 'debug', 'none', 'p4', 'p5', 'sev4', 'sev5'],
    colour: '#175cd3',
    emoji: '🔵',
  },
]

const byWord = new Map([...classes, resolvedClass].flatMap((each) => each.words.map((word) => [word, each])))

function classOf(scope: FilterScope, value: unknown): SeverityClass {
  if (isAlert(value) && value.status === 'resolved') return resolvedClass
  return severityOf(scope, value)
}

function severityOf(scope: FilterScope, value: unknown): SeverityClass {
  return byWord.get(wordOf(scope, value).toLowerCase()) ?? unknownClass
}

function wordOf(scope: FilterScope, value: unknown): string {
  if (!isAlert(value)) return textOf(value, scope.charge)
  const { labels } = value
  if (!Object.hasOwn(labels, 'severity')) return ''
  return textOf(labels['severity'], scope.charge)
}

function isAlert(value: unknown): value is { readonly status: unknown; readonly labels: Record<string, unknown> } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'status')) return false
  const labels: unknown = Object.getOwnPropertyDescriptor(value, 'labels')?.value
  return typeof labels === 'object' && labels !== null
}

/** The colour of an alert or of a severity's word, as `#rrggbb`; green for a resolved alert. */
export const severityColor: Filter = (scope, value) => classOf(scope, value).colour

/** A coloured circle for an alert or a severity's word; green for a resolved alert. */
export const severityEmoji: Filter = (scope, value) => classOf(scope, value).emoji

/** Alerts with the worst severity first; equals keep their order. */
export const bySeverity: Filter = (scope, value) => {
  if (!Array.isArray(value)) return []
  scope.charge(value.length)
  const ranked = value.map((alert: unknown) => ({ alert, rank: classes.indexOf(severityOf(scope, alert)) }))
  return ranked.sort((left, right) => left.rank - right.rank).map(({ alert }) => alert)
}
