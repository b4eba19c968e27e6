import { bool, int64, list, type LogicalType, text } from '../plan/type.ts'
import { constantText } from './constant.ts'
import { constantCount } from './constant-count.ts'
import {
  type ArgInfo,
  defineFunction,
  type FunctionDefinition,
  integerKinds,
  never,
  type Printer,
} from './contract.ts'
import { quoteSparkText, quoteText } from './dialect.ts'
import {
  javaPattern,
  javaReplacement,
  parseRegex,
  parseReplacement,
  type RegexPattern,
} from './regex/pattern.ts'

const x = { name: 'x', accepts: ['text'] } as const
const pattern = { name: 'pattern', accepts: ['text'], constant: true } as const

const longest = never(
  'PostgreSQL takes the longest match; every other engine takes the first alternative that matches, so the results differ',
)

const takes = 'A group that is repeated must not match the empty text.'

const subset =
  'The pattern is a constant in the part of regular expressions that all engines share: no look-around, back references, \\b, \\p or flags; \\d, \\w and \\s mean ASCII; `.` does not match a line feed; `^` and `$` are the beginning and end of the text.'

function patternOf(args: readonly ArgInfo[]): RegexPattern | string {
  const constant = constantText(args[1])
  return constant === undefined ? 'the pattern must be a text, not NULL' : parseRegex(constant)
}

/** The rewritten pattern as an SQL literal. Types were checked before printing. */
function printedPattern(args: readonly ArgInfo[]): string {
  const parsed = patternOf(args)
  return quoteText(typeof parsed === 'string' ? '' : parsed.text)
}

/** The pattern as Spark reads it; `around` puts it into another one. */
function sparkPattern(args: readonly ArgInfo[], around = (java: string): string => java): string {
  const parsed = patternOf(args)
  return quoteSparkText(around(typeof parsed === 'string' ? '' : javaPattern(parsed.text)))
}

const rounds =
  'the pattern repeats a group that can match the empty text; engines end such rounds differently, so let the group match at least one character'

/** The pattern where it matters what was matched, not only that something was. */
function takingOf(args: readonly ArgInfo[]): RegexPattern | string {
  const parsed = patternOf(args)
  return typeof parsed !== 'string' && parsed.repeatsEmpty ? rounds : parsed
}

function needsText(args: readonly ArgInfo[]): string | undefined {
  const parsed = takingOf(args)
  if (typeof parsed === 'string') return parsed
  return parsed.matchesEmpty
    ? 'the pattern matches the empty text; engines disagree where such matches lie, so let it match at least one character'
    : undefined
}

/** `regex_match(x, pattern)`. */
export const regexMatch = defineFunction({
  name: 'regex_match',
  kind: 'scalar',
  family: 'regex',
  meaning: `True when the pattern matches somewhere in the text (put it between ^ and $ to match the whole). ${subset}`,
  params: [x, pattern],
  returns: 'bool',
  type: (args) => {
    const parsed = patternOf(args)
    return typeof parsed === 'string' ? parsed : bool
  },
  nulls: 'strict',
  print: {
    duckdb: ([a], { args }) => `regexp_matches(${a}, ${printedPattern(args)})`,
    postgres: ([a], { args }) => `(${a} ~ ${printedPattern(args)})`,
    spark: ([a], { args }) => `(${a} RLIKE ${sparkPattern(args)})`,
  },
  edges: [
    {
      types: [text, text],
      result: bool,
      rows: [
        { in: ['ab12', '[0-9]+'], out: true },
        { in: ['ab', '^[0-9]+$'], out: false },
        { in: ['12\n', '^\\d+$'], out: false },
        { in: ['٣', '\\d'], out: false },
        { in: ['é', '^\\w$'], out: false },
        { in: ['\u00a0', '\\s'], out: false },
        { in: ['\v', '\\s'], out: true },
        { in: ['\u0085\u2028', '[\\v\\s]'], out: false },
        { in: ['a$', '^a\\$$'], out: true },
        { in: ['ab', '^(a?|b)*$'], out: true },
        { in: ['\n', '.'], out: false },
        { in: ['😀', '^.$'], out: true },
        { in: ['e\u0301', '^.$'], out: false },
        { in: ['a-]^\\&b', '^a[\\-\\]\\^\\\\&]{5}b$'], out: true },
        { in: ['a.b', '^a\\.b$'], out: true },
        { in: ['axb', '^a\\.b$'], out: false },
        { in: ['é😀', '^[à-ü][^a-z]$'], out: true },
        { in: ['aaa', '^a{2,3}?$'], out: true },
        { in: ['ac', '^(?:a|b)(c)?$'], out: true },
        { in: ["it's", "'s$"], out: true },
        { in: ['', ''], out: true },
        { in: ['', '^$'], out: true },
        { in: ['', 'a'], out: false },
        { in: [null, 'a'], out: null },
      ],
    },
  ],
})

/** `regex_find(x, pattern)`, `regex_find(x, pattern, group)`. */
export const regexFind = defineFunction({
  name: 'regex_find',
  kind: 'scalar',
  family: 'regex',
  meaning: `The first match, or what its capturing group of that number took (constant, 0 is the whole match; empty when the group took no part). NULL when nothing matches. Of alternatives the first that matches wins. ${takes} ${subset}`,
  params: [x, pattern, { name: 'group', accepts: integerKinds, constant: true, optional: true }],
  returns: 'text',
  type: (args) => {
    const parsed = takingOf(args)
    if (typeof parsed === 'string') return parsed
    const known = args.length < 3 || constantCount(args[2], 0, parsed.groups) !== undefined
    return known ? text : `the group must be a number from 0 to ${parsed.groups}, the groups of the pattern`
  },
  nulls: 'always',
  print: {
    duckdb: ([a, , group = '0'], { args }) => {
      const p = printedPattern(args)
      return `COALESCE(NULLIF(regexp_extract(${a}, ${p}, CAST(${group} AS INTEGER)), ''), CASE WHEN regexp_matches(${a}, ${p}) THEN '' END)`
    },
    postgres: longest,
    spark: ([a], { args }) => {
      const p = sparkPattern(args)
      return `(CASE WHEN ${a} RLIKE ${p} THEN regexp_extract(${a}, ${p}, ${constantCount(args[2], 0) ?? 0}) END)`
    },
  },
  edges: [
    {
      types: [text, text],
      result: text,
      rows: [
        { in: ['order 12 of 34', '[0-9]+'], out: '12' },
        { in: ['abc', '[0-9]+'], out: null },
        { in: ['ab', 'a|ab'], out: 'a' },
        { in: ['<a><b>', '<.+?>'], out: '<a>' },
        { in: ['abc', 'x*'], out: '' },
        { in: ['é😀', '[^a-z]$'], out: '😀' },
        { in: ['', 'a'], out: null },
        { in: [null, 'a'], out: null },
      ],
    },
    {
      types: [text, text, int64],
      result: text,
      rows: [
        { in: ['k=v', '(\\w)=(\\w)', '2'], out: 'v' },
        { in: ['k=v', '(\\w)=(\\w)', '0'], out: 'k=v' },
        { in: ['1', '(\\d)(x)?', '2'], out: '' },
        { in: ['x', '(\\d)(x)?', '2'], out: null },
      ],
    },
  ],
})

/** `regex_find_all(x, pattern)`. */
export const regexFindAll = defineFunction({
  name: 'regex_find_all',
  kind: 'scalar',
  family: 'regex',
  meaning: `All matches from left to right without overlap; an empty list when there are none. The pattern must not match the empty text. ${takes} ${subset}`,
  params: [x, pattern],
  returns: 'list',
  type: (args): LogicalType | string => needsText(args) ?? list(text),
  nulls: 'strict',
  print: {
    duckdb: ([a], { args }) => `regexp_extract_all(${a}, ${printedPattern(args)})`,
    postgres: longest,
    spark: ([a], { args }) => `regexp_extract_all(${a}, ${sparkPattern(args)}, 0)`,
  },
  edges: [
    {
      types: [text, text],
      result: list(text),
      rows: [
        { in: ['a1b22c', '[0-9]+'], out: ['1', '22'] },
        { in: ['abc', '[0-9]+'], out: [] },
        { in: ['aaaa', 'aa'], out: ['aa', 'aa'] },
        { in: ['x=1&y=2', '[a-z]=([0-9])'], out: ['x=1', 'y=2'] },
        { in: ['é😀é', 'é'], out: ['é', 'é'] },
        { in: ['e\u0301', '.'], out: ['e', '\u0301'] },
        { in: ['', 'a'], out: [] },
        { in: [null, 'a'], out: null },
      ],
    },
  ],
})

const replacement = { name: 'replacement', accepts: ['text'], constant: true } as const

function replacementOf(args: readonly ArgInfo[]): { readonly re2: string } | string {
  const parsed = takingOf(args)
  if (typeof parsed === 'string') return parsed
  const constant = constantText(args[2])
  return constant === undefined
    ? 'the replacement must be a text, not NULL'
    : parseReplacement(constant, parsed.groups)
}

const printReplace =
  (flags: string) =>
  ([a]: readonly string[], { args }: { readonly args: readonly ArgInfo[] }): string => {
    const to = replacementOf(args)
    return `regexp_replace(${a}, ${printedPattern(args)}, ${quoteText(typeof to === 'string' ? '' : to.re2)}${flags})`
  }

// Spark replaces all matches: behind the beginning of the text, with what comes before the match, there is only one.
const replaceFirstSpark: Printer = ([a], { args }) => {
  const pattern = sparkPattern(args, (java) => String.raw`\A(?s:(.*?))(${java})`)
  const to = javaReplacement(constantText(args[2]) ?? '', 2).replace(/^[0-9]/u, String.raw`\$&`)
  return `regexp_replace(${a}, ${pattern}, ${quoteSparkText(`$1${to}`)})`
}
const replaceAllSpark: Printer = ([a], { args }) =>
  `regexp_replace(${a}, ${sparkPattern(args)}, ${quoteSparkText(javaReplacement(constantText(args[2]) ?? '', 0))})`

const replacing =
  'In the replacement (constant) `$1` to `$9` is what a group took, `$0` the match, `$$` a dollar sign; every other character is itself.'

/** `regex_replace_first(x, pattern, replacement)`. */
export const regexReplaceFirst = defineFunction({
  name: 'regex_replace_first',
  kind: 'scalar',
  family: 'regex',
  meaning: `The text with the first match replaced. ${replacing} ${takes} ${subset}`,
  params: [x, pattern, replacement],
  returns: 'text',
  type: (args) => {
    const to = replacementOf(args)
    return typeof to === 'string' ? to : text
  },
  nulls: 'strict',
  print: { duckdb: printReplace(''), postgres: longest, spark: replaceFirstSpark },
  edges: [
    {
      types: [text, text, text],
      result: text,
      rows: [
        { in: ['a1b2', '[0-9]', '#'], out: 'a#b2' },
        { in: ['abc', '[0-9]', '#'], out: 'abc' },
        { in: ['k=v', '(\\w)=(\\w)', '$2=$1'], out: 'v=k' },
        { in: ['5', '[0-9]', '$$$0'], out: '$5' },
        { in: ['a1', '([0-9])', '7$10'], out: 'a710' },
        { in: ['x\ny', 'y$', '2'], out: 'x\n2' },
        { in: ['a', 'a', '\\1\\n'], out: '\\1\\n' },
        { in: ['é😀', '.', ''], out: '😀' },
        { in: ['ab', '^', '>'], out: '>ab' },
        { in: ['', 'a', 'b'], out: '' },
        { in: [null, 'a', 'b'], out: null },
      ],
    },
  ],
})

/** `regex_replace_all(x, pattern, replacement)`. */
export const regexReplaceAll = defineFunction({
  name: 'regex_replace_all',
  kind: 'scalar',
  family: 'regex',
  meaning: `The text with all matches replaced, from left to right without overlap. The pattern must not match the empty text. ${replacing} ${takes} ${subset}`,
  params: [x, pattern, replacement],
  returns: 'text',
  type: (args) => {
    const to = replacementOf(args)
    return typeof to === 'string' ? to : (needsText(args) ?? text)
  },
  nulls: 'strict',
  print: { duckdb: printReplace(", 'g'"), postgres: longest, spark: replaceAllSpark },
  edges: [
    {
      types: [text, text, text],
      result: text,
      rows: [
        { in: ['a1b2', '[0-9]', '#'], out: 'a#b#' },
        { in: ['aaa', 'aa', 'b'], out: 'ba' },
        { in: ['a-b c', '(\\w)-(\\w)', '$2-$1'], out: 'b-a c' },
        { in: ['a.b.c', '\\.', '$$'], out: 'a$b$c' },
        { in: ['  x  ', '^\\s+|\\s+$', ''], out: 'x' },
        { in: ['é😀', '[^a]', '\\'], out: '\\\\' },
        { in: ['', 'a', 'b'], out: '' },
        { in: [null, 'a', 'b'], out: null },
      ],
    },
  ],
})

/** The regular expressions of the catalogue. */
export const regexFunctions = {
  regexMatch,
  regexFind,
  regexFindAll,
  regexReplaceFirst,
  regexReplaceAll,
} as const satisfies Record<string, FunctionDefinition>
