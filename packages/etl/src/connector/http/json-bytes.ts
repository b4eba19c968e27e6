import { EtlError } from '../../base/errors.ts'
import type { PathNode } from './path-tree.ts'

export const code = {
  tab: 9,
  newline: 10,
  return: 13,
  space: 32,
  quote: 34,
  comma: 44,
  colon: 58,
  opensList: 91,
  backslash: 92,
  closesList: 93,
  opensObject: 123,
  closesObject: 125,
} as const

export const isSpace = (b: number): boolean =>
  b === code.space || b === code.newline || b === code.return || b === code.tab

/** First bytes of numbers, `true`, `false` and `null`. */
export const beginsScalar = (b: number): boolean =>
  b === 45 || (b >= 48 && b <= 57) || b === 116 || b === 102 || b === 110

const endsScalar = (b: number): boolean =>
  isSpace(b) || b === code.comma || b === code.closesList || b === code.closesObject

/** A value that is passed over, or kept for `node`. */
export interface Passing {
  readonly node: PathNode | undefined
  readonly kind: 'string' | 'container' | 'scalar' | 'key'
  depth: number
  inString: boolean
  escaped: boolean
}

/** A document that is no JSON where it was looked at. One that ends too early may be whole the next time. */
export const malformed = (what: string, retry: 'never' | 'transient' = 'never'): EtlError =>
  new EtlError('source.corrupt', `the answer is no JSON: ${what}`, { retry })

/** A value that begins. */
export const passing = (kind: Passing['kind'], node: PathNode | undefined): Passing => ({
  node,
  kind,
  depth: 0,
  inString: kind === 'key',
  escaped: false,
})

/** Finds the end (exclusive) of a number or word; undefined where the chunk ends before it. */
export function scalarEnd(chunk: Buffer, from: number): number | undefined {
  for (let i = from; i < chunk.length; i += 1) if (endsScalar(chunk[i] ?? 0)) return i
  return undefined
}

/** Finds the end (exclusive) of a string or container; undefined where the chunk ends before it. */
export function valueEnd(chunk: Buffer, from: number, value: Passing): number | undefined {
  for (let i = from; i < chunk.length; i += 1) {
    const b = chunk[i] ?? 0
    if (value.inString) {
      // No JSON; as another control character it stays none, and stays on its line.
      if (b === code.newline || b === code.return) chunk[i] = 1
      if (value.escaped) value.escaped = false
      else if (b === code.backslash) value.escaped = true
      else if (b === code.quote) {
        value.inString = false
        if (value.depth === 0) return i + 1
      }
    } else if (b === code.quote) value.inString = true
    else if (b === code.newline || b === code.return) chunk[i] = code.space
    else if (b === code.opensObject || b === code.opensList) value.depth += 1
    else if (b === code.closesObject || b === code.closesList) {
      value.depth -= 1
      if (value.depth === 0) return i + 1
    }
  }
  return undefined
}

/** The name that the bytes of a key, up to its closing quote, spell. */
export function nameOf(raw: Buffer): string {
  const text = raw.toString('utf8', 0, raw.length - 1)
  if (!text.includes('\\')) return text
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    throw malformed('a name with a broken escape')
  }
}
