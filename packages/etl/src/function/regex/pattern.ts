/**
 * The part of regular expressions that RE2 (DuckDB), Java (Spark), PostgreSQL and JavaScript read alike.
 *
 * Allowed: characters, `.` (anything but a line feed), classes `[a-z]` and `[^...]`, `\d \w \s` (ASCII) and their capitals
 * outside classes, `\t \n \r \f \v`, escaped punctuation, groups `(...)` and `(?:...)`, `|`, `^`, `$` (beginning and end
 * of the whole text), and the quantifiers `* + ? {n} {n,} {n,m}` up to 255, lazy with `?` after them.
 */
export interface RegexPattern {
  /** The pattern rewritten so that all engines take it for the same: `.`, `\d` and the like are spelled out. */
  readonly text: string
  /** The number of capturing groups. */
  readonly groups: number
  /** Whether it matches the empty text. */
  readonly matchesEmpty: boolean
  /** Whether it repeats a group that can match the empty text: engines end such rounds differently. */
  readonly repeatsEmpty: boolean
}

const whitespace = String.raw`\t\n\v\f\r `
const spelledOut: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_', s: whitespace }
const controls = 'tnrfv'
const maxRepeats = 255

const escaped = (c: string): string => (/[\\^$.|?*+()[\]{}\-&~#]/u.test(c) ? `\\${c}` : c)

const unknownEscape = (c: string): string => {
  if (/[1-9k]/u.test(c)) return `back references ("\\${c}") are refused: RE2 does not have them`
  if (/[pP]/u.test(c))
    return `Unicode classes ("\\${c}") are refused: engines know different versions of Unicode`
  if (/[bB]/u.test(c))
    return `word boundaries ("\\${c}") are refused: engines disagree on letters outside ASCII`
  return `"\\${c}" means different things to different engines`
}

interface Cursor {
  readonly source: readonly string[]
  at: number
}

/** One member of a class as it is printed, or a problem. */
function readClassItem(cursor: Cursor): { readonly item: string; readonly code?: number } | string {
  const c = cursor.source[cursor.at++] ?? ''
  if (c === '[') return '"[" inside a class must be written "\\["'
  if (c !== '\\') return { item: escaped(c), code: c.codePointAt(0) ?? 0 }
  const e = cursor.source[cursor.at++] ?? ''
  if (spelledOut[e] !== undefined) return { item: spelledOut[e] }
  if (controls.includes(e) && e !== '')
    return { item: `\\${e}`, code: ['\t', '\n', '\r', '\f', '\v'][controls.indexOf(e)]?.charCodeAt(0) ?? 0 }
  if (/[!-/:-@[-`{-~]/u.test(e)) return { item: escaped(e), code: e.charCodeAt(0) }
  return unknownEscape(e)
}

/** Reads a class after its `[` and returns it as it is printed. */
function readClass(cursor: Cursor): string | { readonly problem: string } {
  let out = '['
  if (cursor.source[cursor.at] === '^') {
    out += '^'
    cursor.at++
  }
  let items = 0
  while (cursor.at < cursor.source.length && (cursor.source[cursor.at] !== ']' || items === 0)) {
    if (cursor.source[cursor.at] === ']')
      return { problem: 'a class must not be empty; write "\\]" for the bracket itself' }
    const from = readClassItem(cursor)
    if (typeof from === 'string') return { problem: from }
    out += from.item
    items++
    const dash = cursor.source[cursor.at] === '-' && cursor.source[cursor.at + 1] !== ']'
    if (!dash || from.code === undefined) continue
    cursor.at++
    const to = readClassItem(cursor)
    if (typeof to === 'string') return { problem: to }
    if (to.code === undefined || to.code < from.code) return { problem: 'a range in a class must go upwards' }
    out += `-${to.item}`
  }
  if (cursor.source[cursor.at++] !== ']') return { problem: 'a "[" is not closed' }
  return `${out}]`
}

function readEscape(cursor: Cursor): string | { readonly problem: string } {
  const e = cursor.source[cursor.at++]
  if (e === undefined) return { problem: 'it ends with a backslash' }
  if (spelledOut[e] !== undefined) return `[${spelledOut[e]}]`
  const positive = spelledOut[e.toLowerCase()]
  if (positive !== undefined) return `[^${positive}]`
  if (controls.includes(e)) return `\\${e}`
  if (/[!-/:-@[-`{-~ ]/u.test(e)) return escaped(e).replaceAll(/\\([&~#-])/gu, '$1')
  return { problem: unknownEscape(e) }
}

/** Reads a quantifier if one stands here. */
function readQuantifier(cursor: Cursor): string | { readonly problem: string } {
  const rest = cursor.source.slice(cursor.at, cursor.at + 12).join('')
  const found = /^(?:[*+?]|\{([0-9]+)(?:,([0-9]*))?\})\??/u.exec(rest)
  if (found === null) return rest.startsWith('{') ? { problem: '"{" must be escaped or be a quantifier' } : ''
  cursor.at += found[0].length
  const counts = [found[1], found[2]].flatMap((n) => (n === undefined || n === '' ? [] : [Number(n)]))
  if (counts.some((n) => n > maxRepeats)) return { problem: `a quantifier counts at most to ${maxRepeats}` }
  if (counts.length === 2 && (counts[0] ?? 0) > (counts[1] ?? 0))
    return { problem: 'a quantifier must count upwards' }
  const next = cursor.source[cursor.at]
  if (next !== undefined && '*+?'.includes(next)) return { problem: 'a quantifier cannot follow another one' }
  return found[0]
}

function readGroup(cursor: Cursor): string | { readonly problem: string } {
  if (cursor.source[cursor.at] !== '?') return '('
  if (cursor.source[cursor.at + 1] === ':') {
    cursor.at += 2
    return '(?:'
  }
  return {
    problem:
      'of the groups that begin with "(?" only "(?:" is allowed: look-around, names and flags are refused',
  }
}

/** Reads one element that a quantifier may follow. */
function readAtom(cursor: Cursor): string | { readonly problem: string } {
  const c = cursor.source[cursor.at++] ?? ''
  if (c === '.') return String.raw`[^\n]`
  if (c === '[') return readClass(cursor)
  if (c === '\\') return readEscape(cursor)
  if ('*+?{}]'.includes(c)) return { problem: `"${c}" has nothing to repeat here or must be escaped` }
  return c
}

// JavaScript reads the rewritten pattern like the others, except that it refuses to have these escaped.
const matchesEmpty = (text: string): boolean =>
  new RegExp(
    text.replaceAll(/\\(.)/gsu, (escape, c: string) => ('&~#'.includes(c) ? c : escape)),
    'u',
  ).test('')

type Translated = Omit<RegexPattern, 'matchesEmpty'>

function translate(cursor: Cursor): Translated | { readonly problem: string } {
  let text = ''
  let groups = 0
  let repeatsEmpty = false
  const open: number[] = []
  let empty = true
  while (cursor.at < cursor.source.length) {
    const c = cursor.source[cursor.at] ?? ''
    let piece: string | { readonly problem: string }
    let begin: number | undefined
    if (c === '^' || c === '$') {
      piece = c
      cursor.at++
      empty = false
    } else if (c === '|' || c === '(') {
      if (c === '|' && empty) return { problem: 'an alternative must not be empty; use "?" after a group' }
      cursor.at++
      piece = c === '|' ? '|' : readGroup(cursor)
      if (c === '(') open.push(text.length)
      if (piece === '(') groups++
      empty = true
    } else {
      if (c === ')') {
        begin = open.pop()
        if (empty || begin === undefined) return { problem: 'a group is empty or a ")" has no "("' }
        cursor.at++
        piece = ')'
      } else piece = readAtom(cursor)
      empty = false
      if (typeof piece === 'string') {
        const quantifier = readQuantifier(cursor)
        const repeats = typeof quantifier === 'string' && /^[*+{]/u.test(quantifier)
        if (repeats && begin !== undefined) repeatsEmpty ||= matchesEmpty(`${text.slice(begin)})`)
        piece = typeof quantifier === 'string' ? piece + quantifier : quantifier
      }
    }
    if (typeof piece !== 'string') return piece
    text += piece
  }
  if (open.length > 0 || (empty && text !== ''))
    return { problem: 'a "(" is not closed or an alternative is empty' }
  return { text, groups, repeatsEmpty }
}

/** Checks a pattern and rewrites it for all engines. Returns a sentence when some engine would read it otherwise. */
export function parseRegex(pattern: string): RegexPattern | string {
  const read = translate({ source: [...pattern], at: 0 })
  if ('problem' in read) return `the pattern "${pattern}" does not work: ${read.problem}`
  return { ...read, matchesEmpty: matchesEmpty(read.text) }
}

/**
 * Writes a rewritten pattern for Java, where `$` also matches before a line end that comes last and `\v` is every vertical
 * space of Unicode.
 */
export function javaPattern(rewritten: string): string {
  return rewritten.replaceAll(/\\.|\$/gsu, (piece) => {
    if (piece === '$') return String.raw`\z`
    return piece === String.raw`\v` ? String.raw`\x0B` : piece
  })
}

/**
 * Writes a replacement that `parseReplacement` accepted for Java. `first` is the number of the group that stands for the
 * whole match; the pattern's own groups follow it.
 */
export function javaReplacement(replacement: string, first: number): string {
  return replacement.replaceAll(/\$([0-9])([0-9])?|\$\$|\\/gu, (piece, group?: string, digit?: string) => {
    if (group === undefined) return piece === '\\' ? '\\\\' : '\\$'
    // A digit behind a group would count as part of its number.
    return `$${Number(group) + first}${digit === undefined ? '' : `\\${digit}`}`
  })
}

/**
 * Rewrites a replacement (`$1` to `$9` a group, `$0` the match, `$$` a dollar sign) for RE2.
 *
 * Returns a sentence when it names a group that the pattern does not have.
 */
export function parseReplacement(replacement: string, groups: number): { readonly re2: string } | string {
  let problem: string | undefined
  const re2 = replacement.replaceAll('\\', '\\\\').replaceAll(/\$(.?)/gsu, (_, c: string) => {
    if (c === '$') return '$'
    if (/[0-9]/u.test(c) && Number(c) <= groups) return `\\${c}`
    problem ??= /[0-9]/u.test(c)
      ? `the replacement names group ${c} and the pattern has ${groups}`
      : 'a dollar sign in a replacement is written "$$"'
    return ''
  })
  return problem ?? { re2 }
}
