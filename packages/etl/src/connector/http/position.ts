import { EtlError } from '../../base/errors.ts'

/** How far a cursor has come, in the integers of `cursorValue`. */
export interface HttpPosition {
  /** The greatest value that was seen: what is beyond it is new. */
  readonly seen: bigint
  /** Where the next fetch begins, before its lag: not beyond the time of the fetch, whatever was seen. */
  readonly since: bigint
}

/** Writes a position as text for the ledger. */
export const encodePosition = ({ seen, since }: HttpPosition): string =>
  JSON.stringify({ version: 1, seen: String(seen), since: String(since) })

/** Reads the text of a position; undefined where nothing was seen. Fails with `source.position-lost` on what is none. */
export function decodePosition(text: string | undefined): HttpPosition | undefined {
  if (text === undefined || text === '') return undefined
  try {
    const { version, seen, since } = JSON.parse(text) as { version: number; seen: string; since: string }
    if (version !== 1) throw new TypeError(`version ${version}`)
    return { seen: BigInt(seen), since: BigInt(since) }
  } catch (cause) {
    throw new EtlError('source.position-lost', 'the position of an HTTP source cannot be read', { cause })
  }
}
