import { stringify } from 'yaml'

/** YAML without anchors and without folded lines, so that a line of it can be compared. */
export function toYaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** Documents as kubectl reads them: what YAML 1.1 would take for something else than text, such as `yes`, is in quotes. */
export function toYamlDocuments(values: readonly object[]): string {
  return values
    .map((value) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' }))
    .join('---\n')
}
