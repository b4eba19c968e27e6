import { anyDelimiter, type DelimiterSet, noDelimiter } from './delimiters.ts'
import { charPart, other, type Part, readEscape, refuse, Refused, type State } from './linear-atom.ts'
import { readClass } from './linear-class.ts'
import { itemText, type LiteralsOrCapture, type RegexItem, type RegexText } from './linear-item.ts'

export type { RegexItem } from './linear-item.ts'

/** A regular expression that an engine without backtracking can run, as a concatenation. */
export interface LinearRegex {
  readonly items: readonly RegexItem[]
  /** The names of the captures, by index; a name may occur more than once. */
  readonly captures: readonly string[]
  /** Whether letters match regardless of their case. */
  readonly ignoresCase: boolean
  /** Whether `^`, `$`, `\A` or `\z` stand anywhere inside: what a part matches then depends on what is around it. */
  readonly hasAnchors: boolean
}

const maxDepth = 200

/** Reads what follows `(`: how the group begins. */
function readOpening(state: State): { readonly open: string; readonly name?: string } {
  const rest = state.source.slice(state.at, state.at + 300).join('')
  const take = (length: number): void => {
    state.at += Array.from(rest.slice(0, length)).length
  }
  if (!rest.startsWith('?')) return { open: '(?:' }
  if (/^\?(?:[=!]|<[=!])/u.test(rest))
    return refuse('look-around needs an engine that backtracks; put what is around into the pattern')
  const named = /^\?P?<([^>]{1,200})>/u.exec(rest) ?? /^\?'([^']{1,200})'/u.exec(rest)
  if (named !== null) {
    take(named[0].length)
    return { open: '(?:', name: named[1] ?? '' }
  }
  // An atomic group only saves an engine that backtracks from trying what cannot match.
  if (rest.startsWith('?>') || rest.startsWith('?:')) {
    take(2)
    return { open: '(?:' }
  }
  const flags = /^\?([im]*)(-[im]+)?:/u.exec(rest)
  if (flags === null) return refuse(`the group "(${rest.slice(0, 4)}" is not known`)
  take(flags[0].length)
  const off = flags[2]?.includes('i') ?? false
  return { open: flags[1]?.includes('i') === true ? '(?i:' : off ? '(?-i:' : '(?:' }
}

function readGroup(state: State): Part {
  const comment = /^\?#[^)]*\)/u.exec(state.source.slice(state.at, state.at + 1000).join(''))
  if (comment !== null) {
    state.at += Array.from(comment[0]).length
    return { text: [], allows: noDelimiter, item: { kind: 'group', items: [], capture: undefined } }
  }
  const { open, name } = readOpening(state)
  const capture = name === undefined ? undefined : state.captures.push(name) - 1
  if (++state.depth > maxDepth) return refuse(`it nests deeper than ${maxDepth} groups`)
  const inner = readAlternatives(state)
  state.depth--
  if (state.source[state.at++] !== ')') return refuse('a "(" is not closed')
  const text = [capture ?? open, ...inner.text, ')']
  const [first, ...others] = inner.branches
  const isPlain = open === '(?:'
  if (others.length === 0 && isPlain)
    return { text, allows: inner.allows, item: { kind: 'group', items: first ?? [], capture } }
  const choice = isPlain && capture === undefined ? literalsOrCapture(inner.branches) : undefined
  if (choice === undefined) return { text, allows: inner.allows }
  return { text, allows: inner.allows, item: { kind: 'other', text, allows: inner.allows, choice } }
}

function literalsOrCapture(branches: readonly (readonly RegexItem[])[]): LiteralsOrCapture | undefined {
  // Letters may be meant in either case.
  const charOf = (item: RegexItem): string | undefined =>
    item.kind === 'char' && !/\p{L}/u.test(item.char) ? item.char : undefined
  const literals = branches.slice(0, -1).map((branch) => branch.map(charOf))
  const [last, ...more] = branches.at(-1) ?? []
  if (last?.kind !== 'group' || last.capture === undefined || more.length > 0) return undefined
  if (literals.some((chars) => chars.includes(undefined))) return undefined
  const text = last.items.flatMap(itemText)
  // The capture must not hold others, which would have to be looked for.
  if (text.some((part) => typeof part === 'number')) return undefined
  const takesAll = text.join('').replaceAll(/\(\?:|\)/gu, '')
  return {
    literals: literals.map((chars) => chars.join('')),
    capture: last.capture,
    takesAll: takesAll === '.*' || takesAll === '.*?',
  }
}

function readQuantifier(state: State): string {
  const rest = state.source.slice(state.at, state.at + 16).join('')
  const found = /^(?:[*+?]|\{([0-9]*)(,?)([0-9]*)\})/u.exec(rest)
  if (found === null || found[0] === '{}' || found[0] === '{,}') return ''
  state.at += found[0].length
  const counted = found[0].startsWith('{')
  if (Number(found[1] ?? 0) > 1000 || Number(found[3] ?? 0) > 1000)
    return refuse('a quantifier counts at most to 1000')
  const times = counted && found[1] === '' ? `{0,${found[3]}}` : found[0]
  const next = state.source[state.at]
  if (next === '?' && !(counted && found[2] === '')) {
    state.at++
    return `${times}?`
  }
  // A possessive quantifier, like an atomic group, only saves work that is never done here.
  if (next === '+' && !counted) state.at++
  return times
}

function readAtom(state: State): Part {
  const c = state.source[state.at++] ?? ''
  if (c === '(') return readGroup(state)
  if (c === '\\') return readEscape(state)
  if (c === '.') return other('.', anyDelimiter)
  if (c === '[') {
    const found = readClass(state.source, state.at)
    if ('problem' in found) return refuse(found.problem)
    state.at = found.end
    return other(found.text, found.allows)
  }
  if (c === '^' || c === '$') {
    state.hasAnchors = true
    return other(c === '^' ? String.raw`\A` : String.raw`\z`, noDelimiter)
  }
  if ('*+?'.includes(c)) return refuse(`"${c}" has nothing to repeat`)
  return charPart(c)
}

interface Sequence {
  readonly text: RegexText
  readonly allows: DelimiterSet
  readonly items: readonly RegexItem[]
}

function readSequence(state: State): Sequence {
  const items: RegexItem[] = []
  const text: (string | number)[] = []
  let allows = noDelimiter
  while (state.at < state.source.length && !'|)'.includes(state.source[state.at] ?? '')) {
    const part = readAtom(state)
    let quantified: RegexText = part.text
    let isRepeated = false
    for (let q = readQuantifier(state); q !== ''; q = readQuantifier(state)) {
      quantified = isRepeated ? ['(?:', ...quantified, ')', q] : [...quantified, q]
      isRepeated = true
    }
    if (isRepeated && part.text.length === 0) return refuse('a comment cannot be repeated')
    items.push(
      isRepeated || part.item === undefined
        ? { kind: 'other', text: quantified, allows: part.allows }
        : part.item,
    )
    text.push(...quantified)
    allows |= part.allows
  }
  return { text, allows, items }
}

interface Alternatives extends Omit<Sequence, 'items'> {
  readonly branches: readonly (readonly RegexItem[])[]
}

function readAlternatives(state: State): Alternatives {
  const first = readSequence(state)
  const branches = [first.items]
  const text: (string | number)[] = [...first.text]
  let { allows } = first
  while (state.source[state.at] === '|') {
    state.at++
    const next = readSequence(state)
    branches.push(next.items)
    text.push('|', ...next.text)
    allows |= next.allows
  }
  return { text, allows, branches }
}

/**
 * Reads a regular expression as grok libraries write them (Oniguruma) for an engine whose time is linear in the text (RE2).
 *
 * Named groups capture, plain groups do not. `.` matches a line feed; `\d \w \s \b` and POSIX classes mean ASCII; atomic
 * groups and possessive quantifiers are read as plain ones. Returns a sentence for what needs backtracking: look-around and
 * back references; and for what is not known.
 */
export function parseLinear(pattern: string): LinearRegex | string {
  const flags = /^\(\?([im]+)\)/u.exec(pattern)
  const state: State = {
    source: Array.from(pattern.slice(flags?.[0].length ?? 0)),
    at: 0,
    depth: 0,
    captures: [],
    hasAnchors: false,
  }
  try {
    const { text, allows, branches } = readAlternatives(state)
    if (state.at < state.source.length) return 'a ")" has no "("'
    return {
      items:
        branches.length === 1
          ? (branches[0] ?? [])
          : [{ kind: 'other', text: ['(?:', ...text, ')'], allows }],
      captures: state.captures,
      ignoresCase: flags?.[1]?.includes('i') ?? false,
      hasAnchors: state.hasAnchors,
    }
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}

/** Prints a concatenation for RE2; of the captures only those asked for are groups, in the order of their indexes. */
export function printLinear(items: readonly RegexItem[], wanted: (capture: number) => boolean): string {
  return items
    .flatMap(itemText)
    .map((part) => (typeof part === 'string' ? part : wanted(part) ? '(' : '(?:'))
    .join('')
}
