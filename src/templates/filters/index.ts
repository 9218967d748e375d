import { jsonOf } from '../text-of.ts'
import { safeUrl } from './links.ts'
import { groupBy, join, map, reject, sort, uniq, where } from './lists.ts'
import { except, names, order, pairs, values } from './pairs.ts'
import { numberArg, type Filter } from './scope.ts'
import { bySeverity, severityColor, severityEmoji } from './severity.ts'
import { clip, indent, oneLine, title, toLower, toUpper, truncateBytes, visible, wrap } from './text.ts'
import { duration, since, tz } from './time.ts'

const json: Filter = (scope, value, space) => {
  const width = numberArg(space, 0, { min: 0, max: 8 })
  // The group itself is as long as it is; what a template puts together is charged while it is written.
  return value === scope.wire ? JSON.stringify(value, null, width) : jsonOf(value, scope.charge, width)
}

/** Every filter of ours, by the name that templates use. Liquid's own that are allowed beside them are listed in engine.ts. */
export const ownFilters = {
  /** `labels | pairs`: pairs of a map, each with `name` and `value`, sorted by name. */
  pairs,
  /** `labels | except: "job", "instance"` or `labels | except: commonLabels`: without these names. */
  except,
  /** `labels | pairs | order: "alertname", "*", "job"`: these names first, those after `"*"` last. */
  order,
  /** `labels | names`: the names, sorted. */
  names,
  /** `labels | values`: the values, in the order of their names. */
  values,

  /** `alerts | where: "labels.severity", "critical"`: items with that property and text. */
  where,
  /** `alerts | reject: "labels.severity", "info"`: items without it. */
  reject,
  /** `alerts | map: "labels.alertname"`: that property of each item. */
  map,
  /** `alerts | sort: "startsAt"`: sorted by that property. */
  sort,
  /** `alerts | group_by: "labels.namespace"`: groups with `name` and `items`. */
  group_by: groupBy,
  /** `names | uniq`: each once, empty ones left out. */
  uniq,
  /** `names | join: ", "`: one text. */
  join,
  /** `firing | by_severity`: the worst first. */
  by_severity: bySeverity,

  /** `alert | severity_color`: `#rrggbb`; takes a severity's word too; green when resolved. */
  severity_color: severityColor,
  /** `alert | severity_emoji`: a coloured circle. */
  severity_emoji: severityEmoji,

  /** `3725 | duration`: `1h 2m`. */
  duration,
  /** `alert.startsAt | since: alert.endsAt`: how long that was, or has been, as `12m`. */
  since,
  /** `alert.startsAt | tz: "Europe/Berlin"`: local time with its zone. */
  tz,

  /** `value | json: 2`: JSON, indented by that many spaces. */
  json,
  /** `url | safe_url`: the address when it is http, https or mailto, else nothing. */
  safe_url: safeUrl,

  /** `text | truncate_bytes: 2048`: at most that many bytes of UTF-8. */
  truncate_bytes: truncateBytes,
  /** `text | clip: 500`: at most that many characters, and how many were cut. */
  clip,
  /** `text | one_line`: no line breaks, runs of spaces as one. */
  one_line: oneLine,
  /** `text | visible`: invisible and direction-turning characters written out. */
  visible,
  /** `text | wrap: 72`: lines of at most 72 characters. */
  wrap,
  /** `text | indent: 4`: the second and later lines moved in. */
  indent,
  /** `text | title`: Each Word Begins In Upper Case. */
  title,
  /** `text | toUpper`: IN UPPER CASE. */
  toUpper,
  /** `text | toLower`: in lower case. */
  toLower,
} as const satisfies Readonly<Record<string, Filter>>
