import { EtlError } from '../../base/errors.ts'
import type { Frontier } from './shard-tree.ts'

/** How far a stream was read. */
export interface StreamPosition {
  /** The stream's ARN, which tells a table from one of the same name that was made later. */
  readonly stream: string
  /** When everything before was read, by this machine's clock, in milliseconds since the epoch. */
  readonly atMs: number
  readonly frontier: Frontier
}

/** Writes a position as text for the ledger. */
export function encodePosition({ stream, atMs, frontier }: StreamPosition): string {
  return JSON.stringify({
    version: 1,
    stream,
    atMs,
    open: [...frontier.open],
    done: [...frontier.done],
  })
}

/** Reads the text of a position. Fails with `source.position-lost` on what is none. */
export function decodePosition(text: string): StreamPosition {
  try {
    const { version, stream, atMs, open, done } = JSON.parse(text) as {
      version: number
      stream: string
      atMs: number
      open: [string, string | null][]
      done: string[]
    }
    if (version !== 1) throw new TypeError(`version ${version}`)
    return { stream, atMs, frontier: { open: new Map(open), done: new Set(done) } }
  } catch (cause) {
    throw new EtlError('source.position-lost', 'the position of a DynamoDB source cannot be read', { cause })
  }
}
