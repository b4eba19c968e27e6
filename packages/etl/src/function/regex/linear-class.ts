import { anyDelimiter, delimiters, delimiterSet, type DelimiterSet, noDelimiter } from './delimiters.ts'

/** A class as RE2 reads it, which delimiters it has, and where the text behind it begins. */
export interface ReadClass {
  readonly text: string
  readonly allows: DelimiterSet
  readonly end: number
}

const posix: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: String.raw`\t `,
  cntrl: String.raw`\x00-\x1f\x7f`,
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: String.raw`!-/:-@\[-\x60{-~`,
  space: String.raw`\t\n\v\f\r `,
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

const escapes: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: String.raw`\t\n\v\f\r `,
  h: '0-9A-Fa-f',
}
const controls: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  b: '\b',
}

/** One member: a character, or a set that is spelled out. */
type Member = { readonly char: string } | { readonly set: string } | { readonly problem: string }

interface Cursor {
  readonly source: readonly string[]
  at: number
}

function readEscape(cursor: Cursor): Member {
  const e = cursor.source[cursor.at++]
  if (e === undefined) return { problem: 'it ends with a backslash' }
  const set = escapes[e]
  if (set !== undefined) return { set }
  const control = controls[e]
  if (control !== undefined) return { char: control }
  if (e === 'x') {
    const found = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/u.exec(
      cursor.source.slice(cursor.at, cursor.at + 10).join(''),
    )
    const code = Number.parseInt(found?.[1] ?? found?.[2] ?? '', 16)
    if (found === null || code > 0x10ffff) return { problem: String.raw`"\x" needs two hexadecimal digits` }
    cursor.at += found[0].length
    return { char: String.fromCodePoint(code) }
  }
  return /[0-9A-Za-z]/u.test(e) ? { problem: `"\\${e}" is not known inside a class` } : { char: e }
}

function readMember(cursor: Cursor): Member {
  const c = cursor.source[cursor.at++] ?? ''
  if (c === '\\') return readEscape(cursor)
  if (c !== '[') return { char: c }
  const named = /^:(\^?)([a-z]+):\]/u.exec(cursor.source.slice(cursor.at, cursor.at + 12).join(''))
  const set = posix[named?.[2] ?? '']
  if (named === null || named[1] === '^' || set === undefined)
    return { problem: String.raw`"[" inside a class must be written "\["` }
  cursor.at += named[0].length
  return { set }
}

const escaped = (c: string): string => {
  if (/[\\\]^[-]/u.test(c)) return `\\${c}`
  return c < ' ' || c === '\x7f' ? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}` : c
}

/** The delimiters of spelled-out members; JavaScript reads them as RE2 does. */
function allowed(members: string): DelimiterSet {
  const test = new RegExp(`[${members}]`, 'u')
  return [...delimiters].reduce((set, c) => (test.test(c) ? set | delimiterSet(c) : set), noDelimiter)
}

/** Reads the class whose `[` stands before `start`. */
export function readClass(
  source: readonly string[],
  start: number,
): ReadClass | { readonly problem: string } {
  const cursor: Cursor = { source, at: start }
  const negated = source[cursor.at] === '^'
  if (negated) cursor.at++
  let members = ''
  for (let first = true; first || source[cursor.at] !== ']'; first = false) {
    if (cursor.at >= source.length) return { problem: 'a "[" is not closed' }
    if (source[cursor.at] === '&' && source[cursor.at + 1] === '&')
      return { problem: '"&&" inside a class is not known' }
    const from = readMember(cursor)
    if ('problem' in from) return from
    const next = source[cursor.at + 1]
    const isRange = 'char' in from && source[cursor.at] === '-' && next !== undefined && next !== ']'
    if (!isRange) {
      members += 'set' in from ? from.set : escaped(from.char)
      continue
    }
    cursor.at++
    const to = readMember(cursor)
    if ('problem' in to) return to
    if ('set' in to) members += `${escaped(from.char)}\\-${to.set}`
    else if ((to.char.codePointAt(0) ?? 0) < (from.char.codePointAt(0) ?? 0))
      return { problem: 'a range in a class must go upwards' }
    else members += `${escaped(from.char)}-${escaped(to.char)}`
  }
  const allows = allowed(members)
  return {
    text: `[${negated ? '^' : ''}${members}]`,
    allows: negated ? anyDelimiter & ~allows : allows,
    end: cursor.at + 1,
  }
}
