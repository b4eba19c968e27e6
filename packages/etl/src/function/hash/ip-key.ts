import { text } from '../../plan/type.ts'
import { defineFunction, type Dialect } from '../contract.ts'
import { quoteSparkText, quoteText } from '../dialect.ts'
import { dotted } from './address.ts'

/** What stands before the digits of an IPv4 address in a key: those of its mapped form, ::ffff:0:0/96. */
export const mappedPrefix: string = `${'0'.repeat(20)}ffff`

const group = '[0-9a-fA-F]{1,4}'

/** The spellings of RFC 4291, section 2.2, without a dotted end: eight groups, or fewer around one `::`. */
const colons = [
  `(?:${group}:){7}${group}`,
  `::(?:${group}(?::${group}){0,6})?`,
  ...[1, 2, 3, 4, 5, 6].map(
    (before) => `(?:${group}:){${before}}:(?:${group}(?::${group}){0,${6 - before}})?`,
  ),
  `(?:${group}:){7}:`,
].join('|')

/** The spellings whose last two groups are a dotted IPv4 address. */
const mixed = [
  `(?:${group}:){6}`,
  `::(?:${group}:){0,5}`,
  ...[1, 2, 3, 4, 5].map((before) => `(?:${group}:){${before}}:(?:${group}:){0,${5 - before}}`),
]
  .map((head) => `${head}${dotted}`)
  .join('|')

/** The words of a dialect that the printing of a key needs. */
interface Words {
  /** Whether the whole text has the form of the pattern. */
  readonly matches: (x: string, pattern: string) => string
  readonly replaceAll: (x: string, pattern: string, by: string) => string
  /** What the first group of the pattern holds in a replacement. */
  readonly first: string
  /** The dotted address at the end of a text. */
  readonly end: (x: string) => string
  /** One of the numbers of a dotted address, as BIGINT. */
  readonly part: (x: string, n: number) => string
  /** A number below 2^32 as eight hexadecimal digits. */
  readonly hex: (n: string) => string
  /** Computes `body`, which mentions no column, over a value that it mentions more than once. */
  readonly given: (value: string, name: string, body: (name: string) => string) => string
}

/** Repeats the value: DuckDB and PostgreSQL share it, or meet it in rows of that form only. */
const repeated: Words['given'] = (value, _name, body) => body(value)

const endPattern = '[0-9.]+$'

const words: Readonly<Record<Dialect, Words>> = {
  duckdb: {
    matches: (x, pattern) => `regexp_full_match(${x}, ${quoteText(pattern)})`,
    replaceAll: (x, pattern, by) => `regexp_replace(${x}, ${quoteText(pattern)}, ${quoteText(by)}, 'g')`,
    first: '\\1',
    end: (x) => `regexp_extract(${x}, '${endPattern}')`,
    part: (x, n) => `TRY_CAST(split_part(${x}, '.', ${n}) AS BIGINT)`,
    hex: (n) => `printf('%08x', ${n})`,
    given: repeated,
  },
  postgres: {
    matches: (x, pattern) => `(${x} ~ ${quoteText(`^(?:${pattern})$`)})`,
    replaceAll: (x, pattern, by) => `regexp_replace(${x}, ${quoteText(pattern)}, ${quoteText(by)}, 'g')`,
    first: '\\1',
    end: (x) => `substring(${x} from '${endPattern}')`,
    part: (x, n) => `split_part(${x}, '.', ${n})::bigint`,
    hex: (n) => `lpad(to_hex(${n}), 8, '0')`,
    given: repeated,
  },
  spark: {
    // In Java $ also matches before a line end that comes last.
    matches: (x, pattern) => `(${x} RLIKE ${quoteSparkText(`^(?:${pattern})\\z`)})`,
    replaceAll: (x, pattern, by) => `regexp_replace(${x}, ${quoteSparkText(pattern)}, ${quoteSparkText(by)})`,
    first: '$1',
    end: (x) => `regexp_extract(${x}, '${endPattern}', 0)`,
    // `split_part` would split the whole text once for each part. Spark may evaluate what a CASE does not reach.
    part: (x, n) => `TRY_CAST(substring_index(substring_index(${x}, '.', ${n}), '.', -1) AS BIGINT)`,
    hex: (n) => `lpad(lower(hex(${n})), 8, '0')`,
    // Repeated, it would be more code than Java compiles into one method.
    given: (value, name, body) => `transform(array(${value}), ${name} -> ${body(name)})[0]`,
  },
}

/** Prints the eight hexadecimal digits of a dotted address. */
function digits(x: string, w: Words): string {
  const [a, b, c, d] = [1, 2, 3, 4].map((n) => w.part(x, n))
  return w.hex(`((${a} * 256 + ${b}) * 256 + ${c}) * 256 + ${d}`)
}

/** Prints the key of a text of hexadecimal groups: each group with all its digits, zeros in the place of `::`. */
function expanded(x: string, w: Words): string {
  const marked = `replace(lower(${x}), '::', ':z:')`
  const long = w.replaceAll(marked, '([0-9a-f]+):?', `000${w.first}:`)
  const full = w.replaceAll(long, '0*([0-9a-f]{4}):', w.first)
  return w.given(
    `replace(${full}, ':', '')`,
    'packed',
    (packed) => `replace(${packed}, 'z', repeat('0', 33 - length(${packed})))`,
  )
}

/** Prints the key of the address that a text is, in a dialect. */
export function printIpKey(x: string, dialect: Dialect): string {
  const w = words[dialect]
  const end = w.end(x)
  const head = `left(${x}, length(${x}) - length(${end}))`
  const tail = w.given(digits(end, w), 'tail', (n) => `(left(${n}, 4) || ':' || right(${n}, 4))`)
  const asGroups = `(${head} || ${tail})`
  const arms = [
    `WHEN ${w.matches(x, dotted)} THEN '${mappedPrefix}' || ${digits(x, w)}`,
    `WHEN ${w.matches(x, colons)} THEN ${expanded(x, w)}`,
    `WHEN ${w.matches(x, mixed)} THEN ${expanded(asGroups, w)}`,
  ]
  return `(CASE ${arms.join(' ')} END)`
}

/** `ip_key(x)`. */
export const ipKey = defineFunction({
  name: 'ip_key',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'The sort key of an IP address: the 128 bits of an IPv6 address as 32 hexadecimal digits, so that keys compare as addresses do. IPv6 in every spelling of RFC 4291, in either case; IPv4 in dotted form has the key of its mapped address, so 1.2.3.4 and ::ffff:1.2.3.4 are one. NULL when the text is no address: with a zone (fe80::1%eth0), brackets, a port, white space or leading zeros in a dotted part.',
  params: [{ name: 'x', accepts: ['text'] }],
  returns: 'text',
  type: () => text,
  nulls: 'always',
  print: {
    duckdb: ([x = '']) => printIpKey(x, 'duckdb'),
    postgres: ([x = '']) => printIpKey(x, 'postgres'),
    spark: ([x = '']) => printIpKey(x, 'spark'),
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['1.2.3.4'], out: '00000000000000000000ffff01020304' },
        { in: ['255.255.255.255'], out: '00000000000000000000ffffffffffff' },
        { in: ['0.0.0.0'], out: '00000000000000000000ffff00000000' },
        { in: ['::ffff:1.2.3.4'], out: '00000000000000000000ffff01020304' },
        { in: ['::FFFF:102:304'], out: '00000000000000000000ffff01020304' },
        { in: ['0:0:0:0:0:ffff:1.2.3.4'], out: '00000000000000000000ffff01020304' },
        { in: ['64:ff9b::192.0.2.33'], out: '0064ff9b0000000000000000c0000221' },
        { in: ['1:2:3:4:5:6:7.8.9.10'], out: '0001000200030004000500060708090a' },
        { in: ['1::2:3:4:5:7.8.9.10'], out: '0001000000020003000400050708090a' },
        { in: ['::'], out: '00000000000000000000000000000000' },
        { in: ['::1'], out: '00000000000000000000000000000001' },
        { in: ['1::'], out: '00010000000000000000000000000000' },
        { in: ['2001:db8::ff00:42:8329'], out: '20010db8000000000000ff0000428329' },
        { in: ['2001:0DB8:0000:0000:0000:FF00:0042:8329'], out: '20010db8000000000000ff0000428329' },
        { in: ['1:2:3:4:5:6:7:8'], out: '00010002000300040005000600070008' },
        { in: ['1:2:3:4:5:6:7::'], out: '00010002000300040005000600070000' },
        { in: ['::2:3:4:5:6:7:8'], out: '00000002000300040005000600070008' },
        { in: ['1:2:3::5:6:7:8'], out: '00010002000300000005000600070008' },
        { in: ['0010:0:0:0:0:0:0:abcd'], out: '0010000000000000000000000000abcd' },
        { in: ['1:2:3:4:5:6:7:8::'], out: null },
        { in: ['1:2:3:4::5:6:7:8'], out: null },
        { in: ['1:2:3:4:5:6:7'], out: null },
        { in: ['1:2:3:4:5:6:7:8:9'], out: null },
        { in: ['1::2::3'], out: null },
        { in: [':::'], out: null },
        { in: [':1'], out: null },
        { in: ['1:2:3:4:5:6:7:1.2.3.4'], out: null },
        { in: ['1:2:3:4:5::6:1.2.3.4'], out: null },
        { in: ['::1.2.3.4:5'], out: null },
        { in: ['::256.0.0.1'], out: null },
        { in: ['12345::'], out: null },
        { in: ['g::'], out: null },
        { in: ['fe80::1%eth0'], out: null },
        { in: ['[::1]'], out: null },
        { in: ['::1/128'], out: null },
        { in: ['::1\n'], out: null },
        { in: ['1.2.3.4\n'], out: null },
        { in: [' ::1'], out: null },
        { in: ['1.2.3.04'], out: null },
        { in: ['1.2.3'], out: null },
        { in: ['16909060'], out: null },
        { in: ['::١'], out: null },
        { in: ['unknown'], out: null },
        { in: [''], out: null },
        { in: [null], out: null },
      ],
    },
  ],
})
