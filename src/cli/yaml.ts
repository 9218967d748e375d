import { stringify } from 'yaml'

/** YAML without anchors and without folded lines, so that a line of it can be compared. */
export function toYaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
