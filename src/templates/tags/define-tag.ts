import { Tag, TypeGuards, type Liquid, type Parser, type TagToken, type Template, type TopLevelToken } from 'liquidjs'

/** `{% define "name" %} … {% enddefine %}`: a named template. Prints nothing where it stands. */
export class DefineTag extends Tag {
  readonly title: string
  readonly nodes: Template[] = []

  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remainTokens, liquid)
    this.title = readTitle(token)
    for (let next = remainTokens.shift(); next !== undefined; next = remainTokens.shift()) {
      if (TypeGuards.isTagToken(next) && next.name === 'enddefine') return
      if (TypeGuards.isTagToken(next) && next.name === 'define') {
        throw new Error(
          `a define cannot stand inside define "${this.title}"; close that one with {% enddefine %} first`,
        )
      }
      this.nodes.push(parser.parseToken(next, remainTokens))
    }
    throw new Error(`define "${this.title}" is not closed with {% enddefine %}`)
  }

  override render(): void {
    // A definition is looked up by name; in the flow of a file it is nothing.
  }
}

/** The quoted name that is all of the tag's arguments. */
function readTitle(token: TagToken): string {
  const { tokenizer } = token
  const title = tokenizer.readQuoted()?.content ?? ''
  tokenizer.assert(title !== '', 'define takes a name in quotes, as in {% define "my.text" %}')
  tokenizer.skipBlank()
  tokenizer.assert(tokenizer.end(), 'define takes nothing but a name in quotes')
  return title
}
