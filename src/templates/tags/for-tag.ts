import { ForTag, type Liquid, type Parser, type TagToken, type TopLevelToken } from 'liquidjs'

/** Liquid's loop, which refuses what Liquid would silently ignore: `{% for pair in labels | pairs %}` loops over `labels`. */
export class StrictForTag extends ForTag {
  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remainTokens, liquid, parser)
    const { tokenizer } = token
    tokenizer.skipBlank()
    const message = 'for takes no filters; assign first, as in {% assign sorted = labels | pairs %}, and loop over that'
    tokenizer.assert(tokenizer.end(), message)
  }
}
