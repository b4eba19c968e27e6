import { quoteText } from '../../../function/dialect.ts'
import { delimiters, delimiterSet } from '../../../function/regex/delimiters.ts'
import { type LinearRegex, printLinear, type RegexItem } from '../../../function/regex/linear.ts'

/** SQL that is computed once, under a name. */
export interface Staged {
  readonly name: string
  readonly sql: string
}

/** A pattern as tests of pieces of the record. */
export interface SplitPlan {
  /** The lists of pieces: those of a level are taken from the levels before. */
  readonly lists: readonly (readonly Staged[])[]
  /** Holds iff the record can be split in one way only, the one of `lists`. */
  readonly usual: string
  /** Holds, for a usual record, iff the pattern matches it. */
  readonly matches: string
  /** Structs of the captures of pieces that have several. */
  readonly extracts: readonly Staged[]
  /** The texts of the captures of a usual record that matches, by index. */
  readonly values: ReadonlyMap<number, string>
}

interface ItemToken {
  readonly kind: 'item'
  readonly item: RegexItem
}

type Token = ItemToken | { readonly kind: 'open' | 'close'; readonly capture: number }

/** The concatenation without its groups; of the captures only the wanted ones. */
function flatten(items: readonly RegexItem[], wanted: (capture: number) => boolean): readonly Token[] {
  return items.flatMap((item): readonly Token[] => {
    if (item.kind !== 'group') return [{ kind: 'item', item }]
    const { capture } = item
    const inner = flatten(item.items, wanted)
    if (capture === undefined || !wanted(capture)) return inner
    return [{ kind: 'open', capture }, ...inner, { kind: 'close', capture }]
  })
}

const charOf = (token: Token | undefined): string | undefined =>
  token?.kind === 'item' && token.item.kind === 'char' ? token.item.char : undefined

const allows = (token: Token, set: number): boolean =>
  token.kind === 'item' && token.item.kind === 'other' && (token.item.allows & set) !== 0

interface Divided {
  readonly pieces: readonly (readonly Token[])[]
  /** Captures that were cut: what their parts are called now. */
  readonly cut: ReadonlyMap<number, readonly number[]>
}

/** Divides tokens at a character; a capture that spans pieces becomes one capture in each. */
function divide(tokens: readonly Token[], char: string, nextCapture: () => number): Divided {
  const pieces: Token[][] = [[]]
  const parts = new Map<number, number[]>()
  const open: { readonly capture: number; part: number }[] = []
  const put = (token: Token): void => {
    pieces.at(-1)?.push(token)
  }
  for (const token of tokens) {
    if (token.kind === 'open') {
      open.push({ capture: token.capture, part: token.capture })
      parts.set(token.capture, [token.capture])
      put(token)
    } else if (token.kind === 'close') {
      put({ kind: 'close', capture: open.pop()?.part ?? token.capture })
    } else if (charOf(token) === char) {
      for (const o of open.toReversed()) put({ kind: 'close', capture: o.part })
      pieces.push([])
      for (const o of open) {
        o.part = nextCapture()
        parts.get(o.capture)?.push(o.part)
        put({ kind: 'open', capture: o.part })
      }
    } else put(token)
  }
  return { pieces, cut: new Map([...parts].filter(([, ids]) => ids.length > 1)) }
}

/** Delimiters that seldom stand inside of values: it is worth to count on that. */
const rare = '"\t|;'

/** The delimiter to split at: quotes before all, then the one with the most pieces of which one at most may hold it. */
function chooseDelimiter(tokens: readonly Token[]): string | undefined {
  const choices = [...delimiters].flatMap((char) => {
    const count = tokens.filter((t) => charOf(t) === char).length
    if (count === 0) return []
    let holding = 0
    let holds = false
    for (const token of [...tokens, undefined]) {
      if (token === undefined || charOf(token) === char) {
        if (holds) holding++
        holds = false
      } else holds ||= allows(token, delimiterSet(char))
    }
    if (holding > 1 && !rare.includes(char)) return []
    return [{ char, rank: char === '"' ? Infinity : holding > 1 ? 0 : count }]
  })
  return choices.toSorted((a, b) => b.rank - a.rank)[0]?.char
}

interface Building {
  readonly flags: string
  readonly wanted: (capture: number) => boolean
  readonly prefix: string
  readonly lists: Staged[][]
  readonly usual: string[]
  readonly tests: string[]
  readonly extracts: Staged[]
  readonly values: Map<number, string>
  captures: number
  names: number
}

const regexOf = (tokens: readonly Token[], wanted: (capture: number) => boolean): string =>
  tokens
    .map((t) => (t.kind === 'item' ? printLinear([t.item], wanted) : t.kind === 'open' ? '(' : ')'))
    .join('')

/** The wanted captures of tokens, in the order of their groups. */
function capturesOf(tokens: readonly Token[], wanted: (capture: number) => boolean): readonly number[] {
  return tokens.flatMap((t) => {
    if (t.kind === 'open') return [t.capture]
    if (t.kind !== 'item' || t.item.kind !== 'other') return []
    return t.item.text.filter((part) => typeof part === 'number').filter(wanted)
  })
}

/** Prints the text of the only capture of a piece that matches; undefined where it has to be looked for. */
function onlyCapture(tokens: readonly Token[], sql: string): string | undefined {
  const open = tokens.findIndex((t) => t.kind === 'open')
  const [token] = tokens
  if (open < 0) {
    const item = tokens.length === 1 && token?.kind === 'item' ? token.item : undefined
    if (item?.kind !== 'other' || item.choice === undefined) return undefined
    return `CASE WHEN ${sql} IN (${item.choice.literals.map(quoteText).join(', ')}) THEN '' ELSE ${sql} END`
  }
  const close = tokens.findIndex((t) => t.kind === 'close')
  const around = [...tokens.slice(0, open), ...tokens.slice(close + 1)]
  if (around.some((t) => charOf(t) === undefined)) return undefined
  return around.length === 0 ? sql : `substring(${sql}, ${open + 1}, length(${sql}) - ${around.length})`
}

const isSimple = (tokens: readonly Token[], wanted: (capture: number) => boolean): boolean => {
  const captures = capturesOf(tokens, wanted)
  return captures.length === 0 || (captures.length === 1 && onlyCapture(tokens, '') !== undefined)
}

/** Whether a piece matches whatever it is. */
function takesAll(tokens: readonly Token[]): boolean {
  const [only, ...more] = tokens.filter((t) => t.kind === 'item')
  if (only === undefined || more.length > 0 || only.item.kind !== 'other') return false
  const { text, choice } = only.item
  return choice?.takesAll ?? (text.length === 1 && (text[0] === '.*' || text[0] === '.*?'))
}

function addLeaf(tokens: readonly Token[], sql: string, building: Building): void {
  const { flags, wanted, prefix, tests, extracts, values } = building
  const items = tokens.filter((t) => t.kind === 'item')
  if (!takesAll(tokens))
    tests.push(`regexp_full_match(${sql}, ${quoteText(flags + regexOf(items, () => false))})`)
  const captures = capturesOf(tokens, wanted)
  const [only] = captures
  if (only === undefined) return
  const text = captures.length === 1 ? onlyCapture(tokens, sql) : undefined
  if (text !== undefined) {
    values.set(only, text)
    return
  }
  const name = `${prefix}e${extracts.length}`
  const regex = String.raw`${flags}\A(?:${regexOf(tokens, wanted)})\z`
  const names = captures.map((_, i) => `'g${i}'`).join(', ')
  extracts.push({ name, sql: `regexp_extract(${sql}, ${quoteText(regex)}, [${names}])` })
  for (const [i, capture] of captures.entries()) values.set(capture, `${name}.g${i}`)
}

function add(tokens: readonly Token[], sql: string, level: number, building: Building): void {
  const char = isSimple(tokens, building.wanted) ? undefined : chooseDelimiter(tokens)
  if (char === undefined) return addLeaf(tokens, sql, building)
  const list = `${building.prefix}q${building.names++}`
  ;(building.lists[level] ??= []).push({ name: list, sql: `string_split(${sql}, ${quoteText(char)})` })
  const { pieces, cut } = divide(tokens, char, () => building.captures++)
  const set = delimiterSet(char)
  const holding = pieces.flatMap((piece, i) => (piece.some((t) => allows(t, set)) ? [i] : []))
  const [loose] = holding.length === 1 ? holding : []
  building.usual.push(`len(${list}) ${loose === undefined ? '=' : '>='} ${pieces.length}`)
  for (const [i, piece] of pieces.entries()) {
    const fromEnd = i - pieces.length
    const element =
      loose === undefined || i < loose
        ? `${list}[${i + 1}]`
        : i > loose
          ? `${list}[${fromEnd}]`
          : `array_to_string(${list}[${i + 1}:${fromEnd}], ${quoteText(char)})`
    add(piece, element, level + 1, building)
  }
  for (const [capture, parts] of cut)
    building.values.set(
      capture,
      parts.map((p) => building.values.get(p) ?? `''`).join(` || ${quoteText(char)} || `),
    )
}

/**
 * Turns a pattern into tests of the pieces of a record, for records that can be split in one way only; that costs a part of
 * what one expression with many groups does. Undefined where the pattern gives no place to split.
 *
 * A record has one split at a character if it has the character exactly as often as the pattern demands it outside of all
 * choices and repetitions, whatever else the pattern allows; or if all pieces but one cannot hold it. The pieces then match or
 * not independently of each other, with the captures that the whole expression would find: what it prefers in one piece does
 * not depend on the others. Delimiters are no letters, so `\b` at the edge of a piece means what it meant.
 */
export function splitPlan(
  pattern: LinearRegex,
  wanted: (capture: number) => boolean,
  prefix: string,
): SplitPlan | undefined {
  if (pattern.hasAnchors) return undefined
  const building: Building = {
    flags: pattern.ignoresCase ? '(?si)' : '(?s)',
    wanted: (c) => c < pattern.captures.length && wanted(c),
    prefix,
    lists: [],
    usual: [],
    tests: [],
    extracts: [],
    values: new Map(),
    captures: pattern.captures.length,
    names: 0,
  }
  add(flatten(pattern.items, wanted), 'line', 0, building)
  const { lists, usual, tests, extracts, values } = building
  if (usual.length === 0) return undefined
  return {
    lists,
    usual: usual.join(' AND '),
    matches: tests.length === 0 ? 'TRUE' : tests.join(' AND '),
    extracts,
    values,
  }
}
