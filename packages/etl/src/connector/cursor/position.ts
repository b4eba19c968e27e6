import { EtlError } from '../../base/errors.ts'

/** A moment by the server's clock, in microseconds, and a value that every cursor visible until then was at most. */
export interface Passed {
  readonly at: bigint
  readonly upper: string
}

/** How far a cursor has come. */
export interface CursorPosition {
  /** The greatest value that was seen; null where there were only rows without one. */
  readonly upper: string | null
  /**
   * Rows that were not visible yet have at least this value: what transactions that were open then may still commit. Null:
   * any value.
   */
  readonly lower: string | null
  /** Moments in ascending order: whoever began after one of them writes values of at least its `upper`. */
  readonly passed: readonly Passed[]
}

const mostPassed = 64

/** Writes a position as text for the ledger. */
export function encodePosition({ upper, lower, passed }: CursorPosition): string {
  return JSON.stringify({ version: 1, upper, lower, passed: passed.map((p) => [String(p.at), p.upper]) })
}

/** Reads the text of a position. Fails with `source.position-lost` on what is none. */
export function decodePosition(text: string): CursorPosition {
  try {
    const { version, upper, lower, passed } = JSON.parse(text) as {
      version: number
      upper: string | null
      lower: string | null
      passed: [string, string][]
    }
    if (version !== 1) throw new TypeError(`version ${version}`)
    return { upper, lower, passed: passed.map(([at, u]) => ({ at: BigInt(at), upper: u })) }
  } catch (cause) {
    throw new EtlError('source.position-lost', 'the position of a source with a cursor cannot be read', {
      cause,
    })
  }
}

/**
 * The position after a snapshot. `openSince` is when the oldest transaction began that was open at the snapshot: it, and all
 * that began later, write values of at least the `upper` of the last moment before. Undefined where that cannot be told:
 * then only a lag finds what is committed late.
 */
export function advanced(
  last: CursorPosition | undefined,
  moments: readonly Passed[],
  upper: string | null,
  openSince: bigint | undefined,
): CursorPosition {
  const all = [...(last?.passed ?? []), ...moments]
  if (openSince === undefined) return { upper, lower: upper, passed: all.slice(-1) }
  const sealed = all.findLastIndex((p) => p.at < openSince)
  if (sealed < 0) return { upper, lower: last?.lower ?? null, passed: thinned(all) }
  return { upper, lower: all[sealed]?.upper ?? null, passed: thinned(all.slice(sealed)) }
}

/** Of many moments some in the middle are forgotten, which only looks back further. */
const thinned = (passed: readonly Passed[]): readonly Passed[] =>
  passed.length <= mostPassed
    ? passed
    : passed.filter((_, i) => i === 0 || i === passed.length - 1 || i % 2 === 0)
