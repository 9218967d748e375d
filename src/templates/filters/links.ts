import { safeUrl as readUrl } from '../../model/readable.ts'
import { textOf } from '../text-of.ts'
import { type Filter } from './scope.ts'

/** An absolute http, https or mailto address in its normal form; empty for anything else, `javascript:` above all. */
export const safeUrl: Filter = (scope, value) => {
  const url = readUrl(textOf(value, scope.charge))
  scope.charge(url.length)
  return url
}
