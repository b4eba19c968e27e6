import { anyDelimiter, type DelimiterSet, delimiterSet, noDelimiter } from './delimiters.ts'
import type { RegexItem, RegexText } from './linear-item.ts'

/** Where the walk over an expression is, and what it has found. */
export interface State {
  readonly source: readonly string[]
  at: number
  depth: number
  readonly captures: string[]
  hasAnchors: boolean
}

/** A problem of the user's expression, thrown to end the walk and returned as a sentence. */
export class Refused extends Error {}

export const refuse = (sentence: string): never => {
  throw new Refused(sentence)
}

/** A part of an expression; `item` where it is more than text. */
export interface Part {
  readonly text: RegexText
  readonly allows: DelimiterSet
  readonly item?: RegexItem
}

/** A part that is only text. */
export const other = (text: string, allows: DelimiterSet): Part => ({ text: [text], allows })

/** A character that stands for itself. */
export function charPart(char: string): Part {
  const text = [/[\\^$.|?*+()[\]{}]/u.test(char) ? `\\${char}` : char]
  return { text, allows: delimiterSet(char), item: { kind: 'char', char, text } }
}

const controls: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
}

const spaceSet = delimiterSet(' ') | delimiterSet('\t')
const shorthands: Readonly<Record<string, Part>> = {
  d: other('[0-9]', noDelimiter),
  D: other('[^0-9]', anyDelimiter),
  w: other('[0-9A-Za-z_]', noDelimiter),
  W: other('[^0-9A-Za-z_]', anyDelimiter),
  s: other(String.raw`[\t\n\v\f\r ]`, spaceSet),
  S: other(String.raw`[^\t\n\v\f\r ]`, anyDelimiter & ~spaceSet),
  h: other('[0-9A-Fa-f]', noDelimiter),
  H: other('[^0-9A-Fa-f]', anyDelimiter),
  b: other(String.raw`\b`, noDelimiter),
  B: other(String.raw`\B`, noDelimiter),
}

function readHex(state: State): Part {
  const rest = state.source.slice(state.at, state.at + 10).join('')
  const found = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/u.exec(rest)
  if (found === null) return refuse(String.raw`"\x" needs two hexadecimal digits`)
  state.at += found[0].length
  const code = Number.parseInt(found[1] ?? found[2] ?? '', 16)
  if (code > 0x10ffff) return refuse(`"${found[0]}" is no character`)
  return charPart(String.fromCodePoint(code))
}

/** Reads an escape after its backslash. */
export function readEscape(state: State): Part {
  const e = state.source[state.at++]
  if (e === undefined) return refuse('it ends with a backslash')
  const known = shorthands[e]
  if (known !== undefined) return known
  if (e === 'x') return readHex(state)
  const control = controls[e]
  if (control !== undefined) return charPart(control)
  if (e === 'A' || e === 'z' || e === 'Z') {
    state.hasAnchors = true
    return other(e === 'A' ? String.raw`\A` : String.raw`\z`, noDelimiter)
  }
  if (!/[0-9A-Za-z]/u.test(e)) return charPart(e)
  if (/[1-9kg]/u.test(e)) return refuse(`back references ("\\${e}") need an engine that backtracks`)
  return refuse(`"\\${e}" is not known`)
}
