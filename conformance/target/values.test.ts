import { DuckDBInstance } from '@duckdb/node-api'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName, quoteText, sqlType } from '../../packages/etl/src/function/dialect.ts'
import { date, int64, parquet, table, type Table, target, text } from '../../packages/etl/src/index.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import { field, int64 as int64Type, type Schema } from '../../packages/etl/src/plan/type.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { comparable, fromPostgres } from './canonical.ts'
import { columnsOf, lakeRows, writeParquet } from './parquet-rows.ts'
import { everyType, randomValue } from './random-rows.ts'
import { openDuckdb, openPostgres, type TestWarehouse } from './warehouse.ts'

const seed = seedFor('TARGET_SEED')
const rows = Number(process.env['TARGET_VALUES'] ?? 400)
const missing = missingPostgres()
const title = missing === undefined ? 'values on their way to warehouses' : `values (${missing})`

describe.skipIf(missing !== undefined)(title, () => {
  let server: Awaited<ReturnType<typeof openPostgres>>
  let file: TestWarehouse
  let at: Workshop
  beforeAll(async () => {
    server = await openPostgres()
    file = await openDuckdb()
    at = await openWorkshop('values-')
  })
  afterAll(async () => {
    await at[Symbol.asyncDispose]()
    await file[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test(`${rows} rows of every type arrive exactly (seed ${seed})`, async () => {
    const random = randomFrom(seed)
    const schema: Schema = [field('row', int64Type, false), ...everyType]
    const made = Array.from({ length: rows }, (_, i) => [
      String(i),
      ...everyType.map((f) => randomValue(f.type, random)),
    ])
    await writeParquet(path.join(at.folder, 'every.parquet'), schema, made)
    const every = table('raw.every', {
      from: parquet('every.parquet', { columns: columnsOf(schema) }),
    }) as unknown as Table
    const toServer = target('bi.every', { from: every, to: server.declared, mode: 'replace' })
    const toFile = target('bi.every', { from: every, to: file.declared, mode: 'replace' })
    const report = await at.run([every], { targets: [toServer, toFile] })
    expect(report.targets.map((t) => t.error ?? t.counts?.inserted)).toEqual([rows, rows])

    const inLake = await lakeRows(at, 'raw.every')
    expect(inLake).toHaveLength(rows)
    const wanted = inLake.map((row) => schema.map((f, i) => comparable(row[i] ?? null, f.type)))
    const shown = await server.query(
      `SELECT json_build_array(${schema.map((f) => `${quoteName(f.name)}::text`).join(', ')}) FROM bi.every ORDER BY row`,
    )
    const inServer = shown.map((line) => {
      const cells = JSON.parse(line) as (string | null)[]
      return schema.map((f, i) => fromPostgres(cells[i] ?? null, f.type))
    })
    for (const [i, row] of wanted.entries()) expect(inServer[i], `row ${i}`).toEqual(row)
    const [differences] = await file.query(
      `SELECT count(*) FROM (FROM bi.every EXCEPT ALL SELECT ${schema.map((f) => `CAST(${quoteName(f.name)} AS ${sqlType(f.type, 'duckdb')})`).join(', ')} FROM read_parquet(${quoteText(path.join(at.folder, 'every.parquet'))}))`,
    )
    expect(differences).toBe('0')
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
    const refuse = target('bi.refused', { from, to: server.declared, mode: 'replace' })
    const strip = target('bi.stripped', { from, to: server.declared, mode: 'replace', nul: 'strip' })
    const replace = target('bi.replaced', { from, to: server.declared, mode: 'replace', nul: 'replace' })
    const report = await at.run([from], { targets: [refuse, strip, replace] })
    const [refused, stripped] = report.targets
    expect(refused?.error?.code).toBe('target.value')
    expect(refused?.error?.message).toContain('"note"')
    expect(stripped?.counts?.cleaned).toBe(1)
    expect(await server.query('SELECT note FROM bi.stripped ORDER BY id')).toEqual(['ab', 'fine'])
    expect(await server.query('SELECT note FROM bi.replaced ORDER BY id')).toEqual(['a\ufffdb', 'fine'])
    expect(await server.query(`SELECT to_regclass('bi.refused')`)).toEqual(['NULL'])
  })

  test('days that PostgreSQL does not have are refused, infinite ones arrive', async () => {
    const schema: Schema = [field('id', int64Type, false), field('at', date().type)]
    const deliver = async (name: string, values: readonly (readonly LiteralValue[])[]) => {
      await writeParquet(path.join(at.folder, `${name}.parquet`), schema, values)
      const from = table(`raw.${name}`, {
        from: parquet(`${name}.parquet`, { columns: { id: int64({ required: true }), at: date() } }),
      })
      const to = target(`bi.${name}`, { from, to: server.declared, mode: 'replace' })
      const [report] = (await at.run([from], { targets: [to] })).targets
      return report?.error?.code ?? report?.counts?.inserted
    }
    expect(await deliver('old', [['1', '-010000-01-01']])).toBe('target.value')
    expect(
      await deliver('infinite', [
        ['1', 'infinity'],
        ['2', '-infinity'],
      ]),
    ).toBe(2)
    expect(await server.query('SELECT at FROM bi.infinite ORDER BY id')).toEqual(['infinity', '-infinity'])
  })
})
