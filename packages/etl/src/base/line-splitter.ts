/** Takes bytes apart at `\n` and at nothing else: a CR or U+2028 inside a line belongs to it. */
export interface LineSplitter {
  /** The lines that end in the next chunk, in order and without their `\n`; they may be views of the chunk. */
  push(chunk: Buffer): Generator<Buffer>
  /** The bytes since the last `\n`; undefined when there are none. */
  rest(): Buffer | undefined
  /** How many bytes `rest` would give. */
  readonly restBytes: number
}

export function lineSplitter(): LineSplitter {
  let pending: Buffer[] = []
  let restBytes = 0
  const take = (tail: Buffer): Buffer => {
    const line = pending.length === 0 ? tail : Buffer.concat([...pending, tail])
    pending = []
    restBytes = 0
    return line
  }
  return {
    *push(chunk) {
      let start = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        yield take(chunk.subarray(start, end))
        start = end + 1
      }
      if (start < chunk.length) {
        pending.push(chunk.subarray(start))
        restBytes += chunk.length - start
      }
    },
    rest: () => (restBytes === 0 ? undefined : take(Buffer.alloc(0))),
    get restBytes() {
      return restBytes
    },
  }
}

/** The lines of a stream of bytes, in order; a last one without `\n` counts. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const splitter = lineSplitter()
  for await (const chunk of chunks) yield* splitter.push(chunk)
  const rest = splitter.rest()
  if (rest !== undefined) yield rest
}
