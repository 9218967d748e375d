/** Which language a template file is written in. */
export type Syntax = 'liquid' | 'go'

const liquidTag = /\{%-?\s*[a-z#]/

/** Go's actions: keywords that Liquid has only as tags, a comment, or a value that begins with a dot, a dollar sign or a backquote. */
const goAction = /\{\{-?\s*(?:(?:define|template|block|range|if|with|else|end|break|continue)\b|\/\*|[.$`])/

const liquidDefine = /\{%-?\s*define\b/
const goDefine = /\{\{-?\s*(?:define|block)\s+["`]/

/** By its definitions, when it has any; else Liquid when there is any Liquid tag, and Go when there is any action that only Go has. */
export function syntaxOf(text: string): Syntax {
  if (liquidDefine.test(text)) return 'liquid'
  if (goDefine.test(text)) return 'go'
  if (liquidTag.test(text)) return 'liquid'
  return goAction.test(text) ? 'go' : 'liquid'
}
