import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schemaOf, sourceColumnsOf, type Columns } from '../../packages/etl/src/connector/column.ts'
import { openStagedFile } from '../../packages/etl/src/connector/staged-file.ts'
import { stagedFormat } from '../../packages/etl/src/connector/staged-format.ts'
import { openTypedFile } from '../../packages/etl/src/connector/typed/typed-file.ts'
import { openCsv } from '../../packages/etl/src/engine/duckdb/read/csv.ts'
import { printLakeScan } from '../../packages/etl/src/engine/duckdb/scan-lake.ts'
import { openSession } from '../../packages/etl/src/engine/duckdb/session.ts'
import { typeName } from '../../packages/etl/src/plan/type.ts'
import {
  bool,
  bytes,
  date,
  decimal,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/index.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const count = Number(process.env['TYPED_VALUES'] ?? 4000)
console.log(`seed ${seed} (SEED=${seed} repeats it), TYPED_VALUES=${count} of each type`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'typed-property-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Seen {
  /** Values by their number, canonical; of those that the typed file took. */
  readonly taken: ReadonlyMap<number, unknown>
  /** The same of those that the reader of staging files found good. */
  readonly judged: ReadonlyMap<number, unknown>
}

/** Gives the same values to a typed file, and to the reader of staging files. */
async function both(column: Columns[string], values: readonly (Buffer | null)[]): Promise<Seen> {
  const columns = { id: int64({ required: true }), v: column }
  const schema = schemaOf(columns)
  const name = path.join(folder, String(Math.random()))
  using typed = openTypedFile(`${name}.parquet`, schema, sourceColumnsOf(columns))
  using staged = openStagedFile(`${name}.csv`)
  if (typed === undefined) throw new Error('the type has no typed file')
  const isBinary = column.type.kind === 'bytes'
  for (const [i, value] of values.entries()) {
    const id = Buffer.from(String(i))
    typed.value(0, id, 0, id.length)
    // Values lie somewhere in a packet.
    const packet = Buffer.concat([Buffer.from('9"'), value ?? Buffer.alloc(0), Buffer.from('9{')])
    const isTaken = value === null ? typed.null(1) : typed.value(1, packet, 2, packet.length - 2)
    if (isTaken) typed.endRow()
    else typed.dropRow(1)
    staged.plain(id, 0, id.length)
    if (value === null) staged.null()
    else if (isBinary) staged.binary(value, 0, value.length)
    else staged.text(value, 0, value.length)
    staged.endRecord()
  }
  const [rows, file] = [typed.finish(), staged.finish()]
  await using session = await openSession({
    memoryLimitBytes: 2 ** 30,
    threads: 2,
    scratch: folder,
    allowed: { folders: [folder], files: [] },
  })
  const valuesOf = async (sql: string): Promise<ReadonlyMap<number, unknown>> => {
    const result = await session.connection.runAndReadAll(sql)
    return new Map(result.getRowsJson().map(([id, v]) => [Number(id), v]))
  }
  const ids = schema.map((f, i) => ({ ...f, id: i + 1 }))
  const taken = rows === undefined ? new Map<number, unknown>() : await valuesOf(printLakeScan([rows], ids))
  expect(taken.size).toBe(typed.records)
  const opened = await openCsv(
    { format: stagedFormat(columns), schema, files: file === undefined ? [] : [file] },
    { connection: session.connection, scratch: folder },
  )
  return { taken, judged: await valuesOf(opened.select) }
}

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most })
const sign = fc.constantFrom('', '-')
const whole = fc.tuple(sign, digits(1, 21)).map((p) => p.join(''))
const edges = [7n, 8n, 15n, 16n, 31n, 32n, 53n, 63n, 64n].flatMap((bits) =>
  [-1n, 0n, 1n].flatMap((d) => [2n ** bits + d, -(2n ** bits) + d].map(String)),
)
const integer = fc.oneof(
  whole,
  fc.constantFrom(...edges),
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map(String),
)
const fixed = fc.tuple(sign, digits(1, 30), fc.constantFrom('', '.'), digits(0, 12)).map((p) => p.join(''))
const short = fc.tuple(sign, digits(1, 9), fc.constant('.'), digits(1, 4)).map((p) => p.join(''))
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  short,
  fixed,
  fc.tuple(fixed, fc.constantFrom('e', 'E'), sign, digits(1, 3)).map((p) => p.join('')),
)
const pad = (n: number, size: number): string => String(n).padStart(size, '0')
const day = fc
  .tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
  .map(([y, m, d]) => `${pad(y, 4)}-${pad(m, 2)}-${pad(d, 2)}`)
const clock = fc
  .tuple(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map((p) => p.map((n) => pad(n, 2)).join(':'))
const fraction = fc.oneof(
  fc.constant(''),
  digits(6, 6).map((d) => `.${d}`),
  digits(3, 3).map((d) => `.${d}`),
)
const moment = fc.tuple(day, fc.constantFrom(' ', 'T'), clock, fraction).map((p) => p.join(''))
const unicode = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', '"', '\\', '\n', '\r', ',', ' ', 'N', '\u{1}'),
  maxLength: 90,
})
const broken = fc.uint8Array({ maxLength: 12 }).map((b) => Buffer.from(b.map((byte) => byte || 1)))
const document = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.jsonValue({ maxDepth: 4 }).map((v) => JSON.stringify(v, null, 1)),
  fc.string({ unit: fc.constantFrom(...'{}[]":,.-+0123eEtrufalsn\\/ \n\t'), maxLength: 14 }),
)

const cases: readonly { readonly column: Columns[string]; readonly values: fc.Arbitrary<string | Buffer> }[] =
  [
    { column: int8(), values: integer },
    { column: int16(), values: integer },
    { column: int32(), values: integer },
    { column: int64(), values: integer },
    { column: uint64(), values: integer },
    { column: decimal(9, 2), values: fc.oneof(short, fixed, integer) },
    { column: decimal(18, 4), values: fc.oneof(short, fixed, integer) },
    { column: decimal(12, 0), values: fc.oneof(short, fixed, integer) },
    { column: decimal(38, 10), values: fc.oneof(short, fixed, integer) },
    {
      column: decimal(20, 20),
      values: fc.oneof(
        short,
        fixed,
        fixed.map((t) => `0.${t}`),
      ),
    },
    { column: float64(), values: double },
    { column: date(), values: day },
    { column: time(), values: fc.tuple(clock, fraction).map((p) => p.join('')) },
    { column: timestamp(), values: moment },
    { column: text(), values: fc.oneof(unicode, broken) },
    { column: json(), values: document },
    {
      column: bytes(),
      values: fc.oneof(
        unicode,
        fc.uint8Array({ maxLength: 80 }).map((b) => Buffer.from(b)),
      ),
    },
    { column: bool(), values: fc.constantFrom('0', 'true', 'false', '') },
    {
      column: bool({ trueValues: ['1'], falseValues: ['0'] }),
      values: fc.constantFrom('0', '1', '2', 'true', ''),
    },
    { column: int64({ nulls: ['0', '-1'] }), values: fc.constantFrom('0', '-1', '7', '-7', '01') },
    { column: text({ nulls: ['', 'é'], required: true }), values: fc.constantFrom('', 'é', 'e', 'éé') },
    { column: date({ formats: ['dd/MM/yyyy'] }), values: fc.constantFrom('01/02/2024', '2024-02-01') },
    {
      column: uuid(),
      values: fc.oneof(
        fc.uuid(),
        fc.uuid().map((u) => u.toUpperCase()),
        unicode,
      ),
    },
  ]

/** A name of its own for each case. */
const title = ({ type, ...options }: Columns[string], i: number): string =>
  `${i + 1} ${typeName(type)} ${JSON.stringify(options)}`

describe('a typed file takes a value only as the reader of texts judges it', () => {
  for (const [i, { column, values }] of cases.entries()) {
    const { kind } = column.type
    test(title(column, i), async () => {
      const noise = values.map((v) => `${String(v)} `)
      const given = fc
        .sample(
          fc.oneof(
            { weight: 20, arbitrary: values },
            fc.constant(null),
            noise,
            fc.constantFrom('', '+1', '-', '.', 'x'),
          ),
          {
            numRuns: count,
            seed,
          },
        )
        .map((v) => (typeof v === 'string' ? Buffer.from(v) : v))
      const { taken, judged } = await both(column, given)
      const differ = [...taken].filter(([id, v]) => !judged.has(id) || judged.get(id) !== v)
      expect(differ.slice(0, 5).map(([id, v]) => [given[id]?.toString(), v, judged.get(id)])).toEqual([])
      // The other way is for what is unusual only.
      const share = kind === 'float64' || kind === 'json' ? 0.4 : 0.9
      if (!('formats' in column)) expect(taken.size).toBeGreaterThan(judged.size * share)
    })
  }
})
