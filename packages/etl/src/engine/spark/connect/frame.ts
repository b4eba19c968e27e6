/** The largest message that is taken, in bytes; Spark's own Python client takes as much. */
export const maxMessageBytes = 128 * 1024 * 1024

/** Puts gRPC's five bytes before a message: not compressed, its length. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length)
  framed.writeUInt8(0, 0)
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, 5)
  return framed
}

/** Collects the messages of a stream of bytes that may be cut anywhere. */
export interface Unframer {
  /** Takes bytes and gives the messages that they complete, each in memory of its own. */
  push(bytes: Uint8Array): readonly Uint8Array[]
  /** Bytes of a message that has not ended. */
  readonly pending: number
}

/** Fails when a message is compressed, which was not offered, or larger than `maxMessageBytes`. */
export function unframer(): Unframer {
  const head = Buffer.alloc(5)
  let headBytes = 0
  let body: Uint8Array | undefined
  let bodyBytes = 0
  const begin = (): void => {
    if (head[0] !== 0) throw new Error('the server sent a compressed message although none was asked for')
    const length = head.readUInt32BE(1)
    if (length > maxMessageBytes)
      throw new Error(`the server sent a message of ${length} bytes; at most ${maxMessageBytes} are taken`)
    body = new Uint8Array(length)
    bodyBytes = 0
  }
  return {
    get pending() {
      return headBytes + bodyBytes
    },
    push(bytes) {
      const complete: Uint8Array[] = []
      let at = 0
      while (at < bytes.length || (body !== undefined && bodyBytes === body.length)) {
        if (body === undefined) {
          const taken = Math.min(5 - headBytes, bytes.length - at)
          head.set(bytes.subarray(at, at + taken), headBytes)
          headBytes += taken
          at += taken
          if (headBytes === 5) begin()
          continue
        }
        const taken = Math.min(body.length - bodyBytes, bytes.length - at)
        body.set(bytes.subarray(at, at + taken), bodyBytes)
        bodyBytes += taken
        at += taken
        if (bodyBytes === body.length) {
          complete.push(body)
          body = undefined
          headBytes = 0
          bodyBytes = 0
        }
      }
      return complete
    },
  }
}
