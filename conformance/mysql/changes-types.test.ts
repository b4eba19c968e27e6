import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bytes,
  date,
  float64,
  int64,
  json,
  mysqlChanges,
  text,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/index.ts'
import type { ColumnSpec } from '../../packages/etl/src/connector/column.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { type Random, randomFrom } from '../crash/random.ts'
import { type Database, mysqlSocket, openEither } from './database.ts'
import { type Change, follow } from './follow.ts'

const missing = missingMariadb()
const title = `values of changes${missing === undefined ? '' : ` (${missing})`}`
const seed = Number(process.env['CHANGES_SEED'] ?? Date.now() % 2 ** 31)
const rowCount = Number(process.env['CHANGES_ROWS'] ?? 400)

/** A column: its type in MySQL, the declared one, and a random value as SQL. */
interface Sample {
  readonly type: string
  readonly declared: ColumnSpec
  readonly value: (random: Random) => string
}

const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.below(10)).join('')
const pad = (n: number, width = 2): string => String(n).padStart(width, '0')
const hex = (random: Random, length: number): string =>
  `x'${Array.from({ length }, () => (random.chance(0.3) ? '00' : random.below(256).toString(16).padStart(2, '0'))).join('')}'`

/** An integer of so many bits, often at an end of what they hold. */
function integer(random: Random, bits: number, isUnsigned: boolean): string {
  const [low, high] = isUnsigned
    ? [0n, 2n ** BigInt(bits) - 1n]
    : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
  if (random.chance(0.4)) return String(random.pick([low, high, low + 1n, high - 1n, 0n]))
  return String(low + (BigInt(Math.floor(random.next() * 2 ** 53)) * (high - low)) / 2n ** 53n)
}

function decimalOf(random: Random, precision: number, scale: number): string {
  const whole = precision - scale
  const sign = random.chance(0.5) ? '-' : ''
  if (random.chance(0.2)) return `${sign}${'9'.repeat(whole) || '0'}.${'9'.repeat(scale) || '0'}`
  return `${sign}${digits(random, random.below(whole + 1)) || '0'}.${digits(random, random.below(scale + 1)) || '0'}`
}

const strange = [
  '',
  "it''s",
  'ä€😀',
  'a,b',
  '"q"',
  'line\\nbreak',
  '\\\\N',
  ' end ',
  '\\0',
  '\u{1F469}\u200D',
  '\uFEFFbom',
]
const quotedText = (random: Random, characters: readonly string[] = strange): string =>
  `'${Array.from({ length: random.below(5) }, () => characters[random.below(characters.length)] ?? '').join('')}'`

function day(random: Random): string {
  const any = `${pad(random.below(9999) + 1, 4)}-${pad(random.below(12) + 1)}-${pad(random.below(28) + 1)}`
  return random.pick([any, any, any, '0000-00-00', '2024-02-00', '2023-00-10', '9999-12-31'])
}
const clock = (random: Random): string =>
  `${pad(random.below(24))}:${pad(random.below(60))}:${pad(random.below(60))}`
const fraction = (random: Random, count: number): string => (count === 0 ? '' : `.${digits(random, count)}`)
const moment = (random: Random, count: number): string =>
  random.pick([
    `'${day(random)} ${clock(random)}${fraction(random, count)}'`,
    `'0000-00-00 00:00:00'`,
    `'9999-12-31 23:59:59${count === 0 ? '' : `.${'9'.repeat(count)}`}'`,
  ])
const stamp = (random: Random, count: number): string =>
  random.pick([
    `from_unixtime(${random.below(2_147_483_646) + 1}${fraction(random, count)})`,
    `'0000-00-00 00:00:00'`,
    `from_unixtime(2147483647)`,
  ])
const duration = (random: Random, count: number): string =>
  random.pick([
    `'${random.chance(0.5) ? '-' : ''}${random.below(839)}:${pad(random.below(60))}:${pad(random.below(60))}${fraction(random, count)}'`,
    `'838:59:59'`,
    `'-838:59:59'`,
    `'-00:00:00${fraction(random, count)}'`,
    `'00:00:00'`,
  ])
const double = (random: Random): string =>
  random.pick([
    '0',
    '-0e0',
    '1.7976931348623157e308',
    '-2.2250738585072014e-308',
    '0.1',
    '1e15',
    '1e21',
    String((random.next() - 0.5) * 10 ** (random.below(40) - 20)),
  ])
const float = (random: Random): string =>
  random.pick([
    '0',
    '1.1',
    '16777216',
    '3.4028234e38',
    '-1e-38',
    String((random.next() - 0.5) * 10 ** (random.below(20) - 10)),
  ])

const plain = (type: string, declared: Sample['declared'], value: Sample['value']): Sample => ({
  type,
  declared,
  value,
})
const integers = [8, 16, 24, 32, 64].flatMap((bits, i): Sample[] => {
  const name = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'][i] ?? ''
  return [
    plain(name, int64(), (r) => integer(r, bits, false)),
    plain(`${name} unsigned`, uint64(), (r) => integer(r, bits, true)),
  ]
})
const decimals = (
  [
    [1, 0],
    [1, 1],
    [5, 2],
    [9, 9],
    [10, 0],
    [18, 9],
    [38, 10],
    [38, 38],
    [65, 30],
    [65, 0],
    [30, 30],
  ] as const
).map(([p, s]) => plain(`decimal(${p},${s})`, text(), (r) => decimalOf(r, p, s)))
const times = [0, 1, 2, 3, 4, 5, 6].flatMap((n): Sample[] => [
  plain(`datetime(${n})`, timestamp(), (r) => moment(r, n)),
  plain(`timestamp(${n}) null default null`, timestamp(), (r) => stamp(r, n)),
  plain(`time(${n})`, text(), (r) => duration(r, n)),
])
const latin = ['é', 'ß', 'x', '€', 'ÿ', "''", ',']
const others: readonly Sample[] = [
  plain('year', int64(), (r) => random1(r, ['0', '1901', '2155', '2024'])),
  plain('int(8) unsigned zerofill', text(), (r) => integer(r, 24, true)),
  plain('decimal(12,3) unsigned zerofill', text(), (r) => decimalOf(r, 12, 3).replace('-', '')),
  plain('date', date(), (r) => `'${day(r)}'`),
  plain('double', float64(), double),
  plain('float', float64(), float),
  ...[1, 7, 8, 9, 33, 64].map((n) =>
    plain(`bit(${n})`, uint64(), (r) => `b'${Array.from({ length: n }, () => r.below(2)).join('')}'`),
  ),
  plain('char(40)', text(), (r) => quotedText(r)),
  plain('char(255)', text(), (r) => quotedText(r)),
  plain('varchar(60)', text(), (r) => quotedText(r)),
  plain('varchar(2000)', text(), (r) => (r.chance(0.1) ? `repeat('ü,', 900)` : quotedText(r))),
  plain('varchar(60) character set latin1', text(), (r) => quotedText(r, latin)),
  plain('char(60) character set latin1', text(), (r) =>
    r.chance(0.2) ? `_latin1 x'8081908d9d9fff'` : quotedText(r, latin),
  ),
  plain('varchar(60) character set cp1251', text(), (r) => quotedText(r, ['Ж', 'я', 'x'])),
  plain('varchar(60) character set utf16', text(), (r) => quotedText(r)),
  plain('varchar(60) character set utf32', text(), (r) => quotedText(r)),
  plain('varchar(60) character set ucs2', text(), (r) => quotedText(r, ['ä', '€', "''", ','])),
  plain('varchar(60) character set ascii', text(), (r) => quotedText(r, ['a', ',', "''"])),
  plain('varchar(60) character set utf8mb3', text(), (r) => quotedText(r, ['ä', '€'])),
  plain('tinytext', text(), (r) => quotedText(r)),
  plain('mediumtext', text(), (r) => (r.chance(0.05) ? `repeat('long ', 20000)` : quotedText(r))),
  plain('longtext character set latin1', text(), (r) => quotedText(r, latin)),
  plain('binary(16)', bytes(), (r) => hex(r, 16)),
  plain('binary(16)', uuid(), (r) => hex(r, 16)),
  plain('binary(255)', bytes(), (r) => hex(r, r.below(30))),
  plain('varbinary(300)', bytes(), (r) => hex(r, r.below(30))),
  plain('blob', bytes(), (r) => hex(r, r.below(300))),
  plain('json', json(), (r) =>
    random1(r, [`'{"big": 9007199254740993.10, "a": 1, "a": [null, true]}'`, `'null'`, `'"ä😀"'`, `'1e400'`]),
  ),
  plain("enum('new','paid','it''s, \"odd\"','ä')", text(), (r) =>
    random1(r, ["'new'", "'paid'", '3', '4', '0']),
  ),
  plain(`enum(${Array.from({ length: 300 }, (_, i) => `'label ${i}'`).join(',')})`, text(), (r) =>
    String(r.below(301)),
  ),
  plain("enum('é','x') character set latin1", text(), (r) => String(r.below(3))),
  plain("set('a','b','c')", text(), (r) => String(r.below(8))),
  plain(`set(${Array.from({ length: 64 }, (_, i) => `'m${i}'`).join(',')})`, text(), (r) =>
    integer(r, 64, true),
  ),
  plain('point', bytes(), (r) => `point(${r.next()}, ${-r.next()})`),
  plain('bigint unsigned invisible', uint64(), (r) => integer(r, 64, true)),
]

function random1(random: Random, values: readonly string[]): string {
  return values[random.below(values.length)] ?? ''
}

/** What MySQL does not have, or whose values are not read from its log. */
const onlyMariadb = ['decimal(38,38)', 'json', 'bigint unsigned invisible']
const samples = [...integers, ...decimals, ...times, ...others].filter(
  ({ type }) => mysqlSocket === undefined || !onlyMariadb.includes(type),
)
const metadata: readonly (readonly [string, string])[] =
  mysqlSocket === undefined
    ? [
        ['FULL', ''],
        ['NO_LOG', ''],
        ['MINIMAL', ''],
        ['FULL', 'log_bin_compress'],
      ]
    : [
        ['FULL', ''],
        ['MINIMAL', ''],
      ]
const columns = Object.fromEntries(samples.map((sample, i) => [`c${i}`, sample.declared]))
const names = Object.keys(columns)

function insert(table: string, id: number, random: Random): string {
  const values = samples.map((sample) => (random.chance(0.1) ? 'null' : sample.value(random)))
  return `insert into ${table} (id, ${names.join(', ')}) values (${id}, ${values.join(', ')})`
}

const byId = (changes: readonly Change[]): ReadonlyMap<string, readonly string[]> =>
  new Map(changes.map((change) => [change.values[0] ?? '', change.values]))

describe.skipIf(missing !== undefined)(title, () => {
  let db: Database
  beforeAll(async () => {
    db = await openEither(['--default-time-zone=-09:30'])
  })
  afterAll(async () => {
    await db?.[Symbol.asyncDispose]()
  })

  test.each(metadata)(
    `the snapshot and the log give identical texts: seed ${seed}, ${rowCount} rows, metadata %s %s`,
    async (written, setting) => {
      const zone = process.env['TZ']
      process.env['TZ'] = 'Asia/Kathmandu'
      try {
        const table = `typed_${written.toLowerCase()}${setting}`
        await db.run(
          `set global binlog_row_metadata = ${written}`,
          ...(setting === '' ? [] : [`set global ${setting} = on`]),
          `set sql_mode = '', time_zone = '+05:30'`,
          `create table ${table} (id int primary key, ${samples.map((s, i) => `c${i} ${s.type}`).join(', ')}) row_format=dynamic`,
        )
        const source = mysqlChanges(db.server, {
          table,
          columns: { id: int64({ required: true }), ...columns },
        })
        const log = follow(source)
        expect(await log.next()).toEqual([])
        const random = randomFrom(seed)
        for (let id = 0; id < rowCount; id += 20) {
          await db.run('begin')
          for (let i = id; i < id + 20; i++) await db.run(insert(table, i, random))
          await db.run('commit')
        }
        const streamed = byId(await log.next())
        const read = byId(await follow(source).next())
        expect(streamed.size).toBe(rowCount)
        let compared = 0
        for (const [id, values] of read) {
          const other = streamed.get(id) ?? []
          for (const [i, value] of values.entries()) {
            const declared = samples[i - 1]
            const isSame =
              value === other[i] ||
              (declared?.declared.type.kind === 'float64' && Object.is(Number(value), Number(other[i])))
            if (!isSame)
              expect.fail(`row ${id}, ${declared?.type ?? 'id'}: read ${value}, streamed ${other[i]}`)
            compared++
          }
        }
        console.log(
          `seed ${seed}: ${compared} values of ${samples.length} types compared (${written} ${setting})`,
        )
        expect(compared).toBe(rowCount * (samples.length + 1))
      } finally {
        if (zone === undefined) delete process.env['TZ']
        else process.env['TZ'] = zone
        await db.run('set global binlog_row_metadata = FULL')
        if (setting !== '') await db.run(`set global ${setting} = off`)
      }
    },
  )
})
