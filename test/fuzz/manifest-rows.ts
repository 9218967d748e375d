import { type Row } from './manifest-row.ts'
import { bombs, copies, depths, merges, tags } from './manifest-rows-shapes.ts'
import { counts, lists, sizes } from './manifest-rows-sizes.ts'
import { bytes, keys, values } from './manifest-rows-texts.ts'

/** Files that somebody might write to bring the server down, each by itself, by what is hostile about them. */
export const rows: Readonly<Record<string, readonly Row[]>> = {
  'anchors and aliases': bombs,
  'deep nesting': depths,
  'merge keys': [...merges, ...copies],
  'strange tags': tags,
  'long words and lines': sizes,
  'very many values': counts,
  'Lists in Lists': lists,
  'repeated and strange keys': keys,
  'bytes that are no YAML': bytes,
  'values out of range': values,
}
