import { text } from '../../plan/type.ts'
import { defineFunction, type Dialect, type EdgeRow, type Printer } from '../contract.ts'
import { quoteSparkText, quoteText } from '../dialect.ts'
import { dotted } from './address.ts'
import { printIpKey } from './ip-key.ts'

const ipv4Block = `${dotted}(?:/(?:3[0-2]|[12]?[0-9]))?`
const ipv6Block = '[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?'
const hexDigits = '0123456789abcdef'

/** The words of a dialect for blocks. */
interface Words {
  readonly matches: (x: string, pattern: string) => string
  /** A text that is a number as INTEGER. */
  readonly toInt: (x: string) => string
  readonly shiftRight: (n: string, by: string) => string
  /** The position of a text in another one, from 1. */
  readonly position: (text: string, of: string) => string
  /** Computes `body` over `b.k` and `b.p`, the key and the length of the prefix, each computed once. */
  readonly given: (key: string, prefix: string, body: string) => string
}

const words: Readonly<Record<Dialect, Words>> = {
  duckdb: {
    matches: (x, pattern) => `regexp_full_match(${x}, ${quoteText(pattern)})`,
    toInt: (x) => `TRY_CAST(${x} AS INTEGER)`,
    shiftRight: (n, by) => `(${n} >> ${by})`,
    position: (of, x) => `strpos(${x}, ${of})`,
    given: (key, prefix, body) => `list_transform([{k: ${key}, p: ${prefix}}], lambda b: ${body})[1]`,
  },
  postgres: {
    matches: (x, pattern) => `(${x} ~ ${quoteText(`^(?:${pattern})$`)})`,
    toInt: (x) => `CAST(${x} AS INTEGER)`,
    shiftRight: (n, by) => `(${n} >> ${by})`,
    position: (of, x) => `strpos(${x}, ${of})`,
    given: (key, prefix, body) => `(SELECT ${body} FROM (SELECT ${key} AS k, ${prefix} AS p) AS b)`,
  },
  spark: {
    matches: (x, pattern) => `(${x} RLIKE ${quoteSparkText(`^(?:${pattern})\\z`)})`,
    // Spark may evaluate what a CASE does not reach.
    toInt: (x) => `TRY_CAST(${x} AS INTEGER)`,
    shiftRight: (n, by) => `shiftright(${n}, ${by})`,
    position: (of, x) => `instr(${x}, ${of})`,
    given: (key, prefix, body) =>
      `transform(array(named_struct('k', ${key}, 'p', ${prefix})), b -> ${body})[0]`,
  },
}

/**
 * Prints the key of one end of a block. Of the digit that the prefix cuts through, the high bits are kept; all digits after
 * it are those of `fill`.
 */
const endOfBlock =
  (dialect: Dialect, fill: '0' | 'f'): Printer =>
  ([x = '']) => {
    const w = words[dialect]
    const bits = w.toInt(`NULLIF(split_part(${x}, '/', 2), '')`)
    const ofIpv4 = `WHEN ${w.matches(x, ipv4Block)} THEN 96 + COALESCE(${bits}, 32)`
    const ofIpv6 = `WHEN ${w.matches(x, ipv6Block)} THEN COALESCE(${bits}, 128)`
    const whole = 'CAST(floor(b.p / 4.0) AS INTEGER)'
    const width = w.shiftRight('16', `CAST(b.p - ${whole} * 4 AS INTEGER)`)
    const digit = `(${w.position(`substr(b.k, ${whole} + 1, 1)`, quoteText(hexDigits))} - 1)`
    const start = `${digit} - ${digit} % ${width}`
    const end = fill === '0' ? `${start} + 1` : `${start} + ${width}`
    const cut = `substr(${quoteText(hexDigits)}, CAST(${end} AS INTEGER), 1)`
    const key = printIpKey(`split_part(${x}, '/', 1)`, dialect)
    // With 128 bits there is no digit to cut through, and the padding drops what was put behind the key.
    return w.given(key, `CASE ${ofIpv4} ${ofIpv6} END`, `rpad(left(b.k, ${whole}) || ${cut}, 32, '${fill}')`)
  }

const ends: readonly (readonly [string | null, string | null, string | null])[] = [
  ['10.0.0.0/8', '00000000000000000000ffff0a000000', '00000000000000000000ffff0affffff'],
  ['10.1.2.3/8', '00000000000000000000ffff0a000000', '00000000000000000000ffff0affffff'],
  ['192.168.4.0/22', '00000000000000000000ffffc0a80400', '00000000000000000000ffffc0a807ff'],
  ['1.2.3.4/32', '00000000000000000000ffff01020304', '00000000000000000000ffff01020304'],
  ['1.2.3.5/31', '00000000000000000000ffff01020304', '00000000000000000000ffff01020305'],
  ['1.2.3.4', '00000000000000000000ffff01020304', '00000000000000000000ffff01020304'],
  ['0.0.0.0/0', '00000000000000000000ffff00000000', '00000000000000000000ffffffffffff'],
  ['::ffff:0:0/96', '00000000000000000000ffff00000000', '00000000000000000000ffffffffffff'],
  ['::ffff:1.2.3.4/120', '00000000000000000000ffff01020300', '00000000000000000000ffff010203ff'],
  ['2001:db8::/32', '20010db8000000000000000000000000', '20010db8ffffffffffffffffffffffff'],
  ['2001:db8:abcd::/45', '20010db8abc800000000000000000000', '20010db8abcfffffffffffffffffffff'],
  ['2001:db8::1/127', '20010db8000000000000000000000000', '20010db8000000000000000000000001'],
  ['fe80::/10', 'fe800000000000000000000000000000', 'febfffffffffffffffffffffffffffff'],
  ['::1', '00000000000000000000000000000001', '00000000000000000000000000000001'],
  ['::/0', '00000000000000000000000000000000', 'ffffffffffffffffffffffffffffffff'],
  ['10.0.0.0/33', null, null],
  ['10.0.0.0/08', null, null],
  ['10.0.0.0/-1', null, null],
  ['10.0.0.0/', null, null],
  ['10.0.0/8', null, null],
  ['/8', null, null],
  ['::/129', null, null],
  ['::/1/2', null, null],
  ['1::2::3/64', null, null],
  ['fe80::%eth0/64', null, null],
  ['10.0.0.0 /8', null, null],
  ['10.0.0.0/8\n', null, null],
  ['', null, null],
  [null, null, null],
]

const rows = (fill: '0' | 'f'): readonly EdgeRow[] =>
  ends.map(([block, first, last]) => ({ in: [block], out: fill === '0' ? first : last }))

function endFunction<const N extends string>(name: N, word: string, fill: '0' | 'f') {
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'hash',
    meaning: `The key (see ip_key) of the ${word} address of a CIDR block such as 10.0.0.0/8 or 2001:db8::/32. An address alone is a block of one; bits behind the prefix are ignored. NULL when the text is no block.`,
    params: [{ name: 'x', accepts: ['text'] }],
    returns: 'text',
    type: () => text,
    nulls: 'always',
    print: {
      duckdb: endOfBlock('duckdb', fill),
      postgres: endOfBlock('postgres', fill),
      spark: endOfBlock('spark', fill),
    },
    edges: [{ types: [text], result: text, rows: rows(fill) }],
  })
}

/** `cidr_first(x)`. */
export const cidrFirst = endFunction('cidr_first', 'first', '0')

/** `cidr_last(x)`. */
export const cidrLast = endFunction('cidr_last', 'last', 'f')
