/**
 * The lines of a stream, without their ends. A rest without an end is not a line: the stream was cut. Throws RangeError when a
 * line is longer than `maxBytes`.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string, void> {
  let begun: Buffer[] = []
  let begunBytes = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]).toString('utf8')
      begun = []
      begunBytes = 0
      from = end + 1
    }
    const rest = chunk.subarray(from)
    begunBytes += rest.length
    if (begunBytes > maxBytes) throw new RangeError(`a line is longer than ${maxBytes} bytes`)
    if (rest.length > 0) begun.push(rest)
  }
}

const newline = 0x0a
