/** Something in a Go template that cannot be read or has no counterpart here. Expected: whoever translates turns it into a fault. */
export class GoSyntaxError extends Error {
  override readonly name = 'GoSyntaxError'
  /** Place in the text, counted in UTF-16 code units from 0. */
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}
