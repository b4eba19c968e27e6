import { DuckDBInstance } from '@duckdb/node-api'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName, quoteText } from '../../packages/etl/src/function/dialect.ts'
import { int64, parquet, table, type Table, target, text } from '../../packages/etl/src/index.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import {
  bytes,
  date,
  field,
  int64 as int64Type,
  list,
  type LogicalType,
  type Schema,
  text as textType,
  timestamp,
} from '../../packages/etl/src/plan/type.ts'
import type { RedshiftLayout } from '../../packages/etl/src/target/redshift/layout.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { comparable, fromPostgres } from '../target/canonical.ts'
import { columnsOf, lakeRows, writeParquet } from '../target/parquet-rows.ts'
import { everyType, randomValue } from '../target/random-rows.ts'
import { openRedshift, type TestRedshift } from '../target/warehouse.ts'

const seed = seedFor('TARGET_SEED')
const rows = Number(process.env['TARGET_VALUES'] ?? 400)
const missing = missingPostgres()
const title = missing === undefined ? 'values on their way to Redshift' : `values (${missing})`

/** Moments outside the years 1 to 9999 are refused in columns of their own. */
function within(value: LiteralValue, type: LogicalType): LiteralValue {
  const isMoment = type.kind === 'date' || type.kind === 'timestamp'
  return isMoment && typeof value === 'string' && !/^(?!0000)\d{4}-/.test(value) ? null : value
}

describe.skipIf(missing !== undefined)(title, () => {
  let warehouse: TestRedshift
  let at: Workshop
  beforeAll(async () => {
    warehouse = await openRedshift('wire')
    at = await openWorkshop('redshift-values-')
  })
  afterAll(async () => {
    await at[Symbol.asyncDispose]()
    await warehouse[Symbol.asyncDispose]()
  })

  test.for(['replace', 'history'] as const)(
    `${rows} rows of every type arrive exactly (mode %s, seed ${seed})`,
    async (mode) => {
      const random = randomFrom(seed)
      const schema: Schema = [field('row', int64Type, false), ...everyType]
      const made = Array.from({ length: rows }, (_, i) => [
        String(i),
        ...everyType.map((f) => within(randomValue(f.type, random), f.type)),
      ])
      await writeParquet(path.join(at.folder, `${mode}.parquet`), schema, made)
      const every = table(`raw.every_${mode}`, {
        from: parquet(`${mode}.parquet`, { columns: columnsOf(schema) }),
      }) as unknown as Table
      const to = warehouse.declared
      const t = target(`bi.every_${mode}`, { from: every, to, mode, key: mode === 'history' ? ['row'] : [] })
      const [report] = (await at.run([every], { targets: [t] })).targets
      expect(report?.error ?? report?.counts?.inserted).toBe(rows)
      const inLake = await lakeRows(at, every.name)
      expect(inLake).toHaveLength(rows)
      const wanted = inLake.map((row) => schema.map((f, i) => comparable(row[i] ?? null, f.type)))
      const shown = await warehouse.query(
        `SELECT json_build_array(${schema.map((f) => `${quoteName(f.name)}::text`).join(', ')}) FROM bi.every_${mode} ORDER BY row`,
      )
      const there = shown.map((line) => {
        const cells = JSON.parse(line) as (string | null)[]
        return schema.map((f, i) => fromPostgres(cells[i] ?? null, f.type))
      })
      for (const [i, row] of wanted.entries()) expect(there[i], `row ${i}`).toEqual(row)
      // The same rows again are no new versions, whatever their types.
      if (mode === 'replace') return
      await writeParquet(path.join(at.folder, `${mode}.parquet`), schema, made.toReversed())
      const again = table(`raw.every_${mode}`, {
        from: parquet(`${mode}.parquet`, { columns: columnsOf(schema), onChangedFile: 'reload' }),
      }) as unknown as Table
      const u = target(`bi.every_${mode}`, { from: again, to, mode, key: ['row'] })
      const [second] = (await at.run([again], { targets: [u], full: false })).targets
      expect([second?.error, second?.counts?.unchanged, second?.counts?.updated]).toEqual([
        undefined,
        rows,
        0,
      ])
    },
  )

  let serial = 0
  async function deliver(
    type: LogicalType,
    values: readonly LiteralValue[],
    layout: RedshiftLayout = {},
  ): Promise<string> {
    const name = `v${(serial += 1)}`
    const schema: Schema = [field('id', int64Type, false), field('Value', type)]
    const made = values.map((v, i) => [String(i), v])
    await writeParquet(path.join(at.folder, `${name}.parquet`), schema, made)
    const from = table(`raw.${name}`, {
      from: parquet(`${name}.parquet`, { columns: columnsOf(schema) }),
    }) as unknown as Table
    const t = target(`bi.${name}`, { from, to: warehouse.declared, mode: 'replace', redshift: layout })
    const [report] = (await at.run([from], { targets: [t] })).targets
    return report?.error === undefined
      ? `${report?.counts?.inserted} delivered`
      : `${report.error.code}: ${report.error.message}`
  }

  test('bytes of text are counted, not characters; nothing is cut', async () => {
    const exact = { lengths: { Value: 6 } }
    expect(await deliver(textType, ['éàü', 'abcdef', null], exact)).toBe('3 delivered')
    expect(await deliver(textType, ['éàü!'], exact)).toMatch(/target\.value: .*"value" has more than 6 bytes/)
    expect(await deliver(textType, ['x'.repeat(65_535)])).toBe('1 delivered')
    expect(await deliver(textType, ['x'.repeat(65_536)])).toMatch(/target\.value: .*more than 65535 bytes/)
    expect(await deliver(bytes, ['ab'.repeat(64_000)])).toBe('1 delivered')
    expect(await deliver(bytes, ['ab'.repeat(64_001)])).toMatch(/target\.value: .*more than 64000 bytes/)
    expect(await deliver(bytes, ['ab'.repeat(64_001)], { lengths: { Value: 64_001 } })).toBe('1 delivered')
  })

  test('nested values beyond what COPY loads are refused', async () => {
    const long = 'x'.repeat(1_000_000)
    expect(await deliver(list(textType), [[long, long, long, long]])).toBe('1 delivered')
    expect(await deliver(list(textType), [[long, long, long, long, long]])).toMatch(
      /target\.value: .*more than 4194304 bytes as JSON/,
    )
  })

  test('moments that Redshift does not have, or that nobody has shown to arrive, are refused', async () => {
    expect(await deliver(date, ['0001-01-01', '9999-12-31'])).toBe('2 delivered')
    expect(await deliver(timestamp, ['9999-12-31T23:59:59.999999'])).toBe('1 delivered')
    for (const value of ['infinity', '-infinity', '-000043-03-15', '+012345-06-07'])
      expect(await deliver(date, [value])).toMatch(/target\.value: .*"value" is infinite or outside/)
    expect(await deliver(timestamp, ['infinity'])).toMatch(/target\.value/)
  })

  test('NUL is refused by name, stripped or replaced, and counted', async () => {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(
      `COPY (SELECT 1::BIGINT AS id, 'a' || chr(0) || 'b' AS note UNION ALL SELECT 2, 'fine') TO ${quoteText(path.join(at.folder, 'nul.parquet'))} (FORMAT parquet)`,
    )
    connection.closeSync()
    instance.closeSync()
    const from = table('raw.nul', {
      from: parquet('nul.parquet', { columns: { id: int64({ required: true }), note: text() } }),
    })
    const to = warehouse.declared
    const targets = (['refuse', 'strip', 'replace'] as const).map((nul) =>
      target(`bi.${nul}d`, { from, to, mode: 'replace', nul }),
    )
    const [refused, stripped] = (await at.run([from], { targets })).targets
    expect(refused?.error?.message).toMatch(/"note" holds the NUL character, which Redshift cannot store/)
    expect(stripped?.counts?.cleaned).toBe(1)
    expect(await warehouse.query('SELECT note FROM bi.stripd ORDER BY id')).toEqual(['ab', 'fine'])
    expect(await warehouse.query('SELECT note FROM bi.replaced ORDER BY id')).toEqual(['a\ufffdb', 'fine'])
  })
})
