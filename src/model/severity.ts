import { type Alert } from './alert.ts'

/** What a severity means to the reader; `words` are the spellings seen in the field. */
export interface Severity {
  /** 0 is the worst. */
  readonly rank: number
  readonly words: readonly string[]
  /** `#rrggbb`. */
  readonly colour: string
  readonly emoji: string
}

/** Worst first. The colours keep a contrast of at least 4.5 to white (WCAG AA), so that white text can stand on them. */
const severities: readonly Severity[] = [
  {
    rank: 0,
    words: ['critical', 'crit', 'fatal', 'emergency', 'disaster', 'page', 'p1', 'sev1'],
    colour: '#c4210f',
    emoji: '🔴',
  },
  { rank: 1, words: ['error', 'err', 'major', 'high', 'p2', 'sev2'], colour: '#c2410c', emoji: '🟠' },
  {
    rank: 2,
    words: ['warning', 'warn', 'minor', 'average', 'medium', 'p3', 'sev3'],
    colour: '#b45f06',
    emoji: '🟡',
  },
  {
    rank: 4,
    words: ['info', 'information', 'informational', 'notice', 'low', 'debug', 'none', 'p4', 'p5', 'sev4', 'sev5'],
    colour: '#175cd3',
    emoji: '🔵',
  },
]

/** A word that nobody knows, or none. */
const unknown: Severity = { rank: 3, words: [], colour: '#475467', emoji: '⚪' }

/** How what is over looks. Ranked as unknown, as the word `resolved` in a severity label is. */
const resolved: Severity = { rank: 3, words: ['resolved'], colour: '#067647', emoji: '🟢' }

const byWord = new Map([...severities, resolved].flatMap((each) => each.words.map((word) => [word, each])))

/** The severity that a word means, in any case. */
export function severityOf(word: string): Severity {
  return byWord.get(word.toLowerCase()) ?? unknown
}

/** How an alert looks: by its label `severity`, or as what is over. */
export function lookOf({ status, labels }: Alert): Severity {
  return status === 'resolved' ? resolved : severityOf(labels.get('severity') ?? '')
}
