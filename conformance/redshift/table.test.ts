import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  csv,
  int64,
  list,
  month,
  table,
  target,
  type TargetDeclaration,
  text,
  timestamp,
} from '../../packages/etl/src/index.ts'
import { checkTarget } from '../../packages/etl/src/check/target.ts'
import type { TargetReport } from '../../packages/etl/src/run/report.ts'
import type { RunOptions } from '../../packages/etl/src/run/run.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { openRedshift, type TestRedshift } from '../target/warehouse.ts'

const missing = missingPostgres()
const title = missing === undefined ? 'tables in Redshift' : `tables in Redshift (${missing})`

const columns = {
  id: int64({ required: true }),
  Region: text(),
  at: timestamp({ format: "yyyy-MM-dd'T'HH:mm:ss'Z'" }),
}
const raw = table('raw.events', { from: csv('in/*.csv', { columns, onChangedFile: 'reload' }) })
const header = 'id,Region,at'

describe.skipIf(missing !== undefined)(title, () => {
  let warehouse: TestRedshift
  let at: Workshop
  beforeAll(async () => {
    warehouse = await openRedshift('data api')
  })
  afterAll(() => warehouse[Symbol.asyncDispose]())
  beforeEach(async () => {
    at = await openWorkshop('redshift-table-')
  })
  afterEach(() => at[Symbol.asyncDispose]())

  let serial = 0
  const newName = (): string => `bi.r${(serial += 1)}`
  const deliver = async (t: TargetDeclaration, options: Partial<RunOptions> = {}): Promise<TargetReport> => {
    const [report] = (await at.run([raw], { targets: [t], ...options })).targets
    if (report === undefined) throw new Error('no target was reported')
    return report
  }
  const layoutOf = (name: string): unknown => {
    const { distribution, sort, primaryKey } = warehouse.server.wire.tables.get(name) ?? {}
    return { distribution, sort, primaryKey }
  }

  test('distribution, sort key, lengths and the partition are what the table gets', async () => {
    await at.deliver('1.csv', [header, '1,EU,2024-01-05T00:00:00Z'])
    const to = warehouse.declared
    const [a, b, c] = [newName(), newName(), newName()]
    await deliver(target(a, { from: raw, to, mode: 'append', partition: month('at') }))
    expect(layoutOf(a)).toEqual({ distribution: 'AUTO', sort: ['at'], primaryKey: [] })
    const layout = { distribution: { key: 'Region' }, sort: ['Region', 'id'], lengths: { Region: 8 } }
    await deliver(target(b, { from: raw, to, mode: 'merge', key: ['id'], redshift: layout }))
    expect(layoutOf(b)).toEqual({ distribution: 'region', sort: ['region', 'id'], primaryKey: ['id'] })
    const types = warehouse.server.wire.tables
      .get(b)
      ?.columns.map((x) => [x.name, x.type.base, x.type.length])
    expect(types).toEqual([
      ['id', 'BIGINT', undefined],
      ['region', 'VARCHAR', 8],
      ['at', 'TIMESTAMP', undefined],
    ])
    await deliver(target(c, { from: raw, to, mode: 'replace', redshift: { distribution: 'all' } }))
    expect(layoutOf(c)).toEqual({ distribution: 'ALL', sort: 'AUTO', primaryKey: [] })
  })

  test('a layout that changes rebuilds the table from itself: versions stay', async () => {
    const name = newName()
    const options = { from: raw, to: warehouse.declared, mode: 'history', key: ['id'] } as const
    await at.deliver('1.csv', [header, '1,EU,2024-01-05T00:00:00Z', '2,US,2024-01-05T00:00:00Z'])
    await deliver(target(name, options))
    await at.deliver('1.csv', [header, '1,APAC,2024-01-05T00:00:00Z', '2,US,2024-01-05T00:00:00Z'])
    await deliver(target(name, options))
    const laid = target(name, { ...options, redshift: { sort: ['id'], distribution: { key: 'id' } } })
    const changed = await deliver(laid)
    expect([changed.error, changed.reasons]).toEqual([undefined, ['the layout changed']])
    expect(layoutOf(name)).toEqual({ distribution: 'id', sort: ['id'], primaryKey: [] })
    expect(await warehouse.query(`SELECT id, region, is_current FROM ${name} ORDER BY 1, 3`)).toEqual([
      '1|EU|f',
      '1|APAC|t',
      '2|US|t',
    ])
    expect((await deliver(laid)).outcome).toBe('unchanged')
    // Values that no longer fit are refused, and the table stays.
    const narrow = target(name, { ...options, redshift: { sort: ['id'], lengths: { Region: 3 } } })
    expect((await deliver(narrow)).error?.code).toBe('target.value')
    expect(layoutOf(name)).toEqual({ distribution: 'id', sort: ['id'], primaryKey: [] })
  })

  test('a full refresh swaps the table with its grants and comment, or exchanges rows under a view', async () => {
    const name = newName()
    const t = target(name, { from: raw, to: warehouse.declared, mode: 'replace', maxShrink: 1 })
    await at.deliver('1.csv', [header, '1,EU,2024-01-05T00:00:00Z'])
    await deliver(t)
    const oid = `SELECT '${name}'::regclass::oid`
    await warehouse.run(
      `CREATE ROLE "bi $1" ; GRANT SELECT ON ${name} TO "bi $1"; GRANT SELECT ON ${name} TO PUBLIC; COMMENT ON TABLE ${name} IS 'it''s for BI'`,
    )
    const [before] = await warehouse.query(oid)
    await at.deliver('1.csv', [header, '1,US,2024-01-05T00:00:00Z'])
    expect((await deliver(t)).error).toBeUndefined()
    expect(await warehouse.query(oid)).not.toEqual([before])
    expect(
      await warehouse.query(
        `SELECT has_table_privilege('bi $1', '${name}', 'SELECT'), obj_description('${name}'::regclass)`,
      ),
    ).toEqual([`t|it's for BI`])
    await warehouse.run(
      `DROP OWNED BY "bi $1"; DROP ROLE "bi $1"; CREATE VIEW bi.over_it AS SELECT region FROM ${name}`,
    )
    const [swapped] = await warehouse.query(oid)
    await at.deliver('1.csv', [header, '1,APAC,2024-01-05T00:00:00Z'])
    expect((await deliver(t)).error).toBeUndefined()
    expect(await warehouse.query(oid)).toEqual([swapped])
    expect(await warehouse.query('SELECT region FROM bi.over_it')).toEqual(['APAC'])
    // A change that only a new table can bring waits for the view to go.
    const other = target(name, {
      from: raw,
      to: warehouse.declared,
      mode: 'replace',
      redshift: { sort: ['id'] },
    })
    expect((await deliver(other)).error?.message).toContain('views or the like hang on it')
    await warehouse.run('DROP VIEW bi.over_it')
    expect((await deliver(other)).error).toBeUndefined()
  })

  test('a row-level policy makes rows be exchanged, too', async () => {
    const name = newName()
    const t = target(name, { from: raw, to: warehouse.declared, mode: 'replace' })
    await at.deliver('1.csv', [header, '1,EU,2024-01-05T00:00:00Z'])
    await deliver(t)
    const oid = await warehouse.query(`SELECT '${name}'::regclass::oid`)
    await warehouse.run(`INSERT INTO svv_rls_attached_policy VALUES ('bi', '${name.slice(3)}')`)
    await at.deliver('1.csv', [header, '1,US,2024-01-05T00:00:00Z'])
    expect((await deliver(t)).error).toBeUndefined()
    expect(await warehouse.query(`SELECT '${name}'::regclass::oid`)).toEqual(oid)
    expect(await warehouse.query(`SELECT region FROM ${name}`)).toEqual(['US'])
  })

  test('what the target did not make is left alone; what is gone is told', async () => {
    const name = newName()
    await warehouse.run(`CREATE SCHEMA IF NOT EXISTS bi; CREATE TABLE ${name} (mine int)`)
    await at.deliver('1.csv', [header, '1,EU,2024-01-05T00:00:00Z'])
    const t = target(name, { from: raw, to: warehouse.declared, mode: 'append' })
    expect((await deliver(t, { full: true })).error?.code).toBe('target.foreign')
    await warehouse.run(`DROP TABLE ${name}; CREATE VIEW ${name} AS SELECT 1 AS x`)
    expect((await deliver(t)).error?.message).toContain('is no table')
    await warehouse.run(`DROP VIEW ${name}`)
    expect((await deliver(t)).error).toBeUndefined()
    await warehouse.run(`DROP TABLE ${name}`)
    await at.deliver('2.csv', [header, '2,EU,2024-01-05T00:00:00Z'])
    expect((await deliver(t)).error?.message).toContain('is gone from the warehouse')
    expect((await deliver(t, { full: true })).counts?.inserted).toBe(2)
  })

  test('a table with nothing but its key is merged', async () => {
    await at.deliver('1.csv', ['id', '1', '2'])
    const keys = table('raw.keys', { from: csv('in/*.csv', { columns: { id: int64({ required: true }) } }) })
    const name = newName()
    const t = target(name, { from: keys, to: warehouse.declared, mode: 'merge', key: ['id'] })
    await at.run([keys], { targets: [t] })
    await at.deliver('2.csv', ['id', '2', '3'])
    const [report] = (await at.run([keys], { targets: [t] })).targets
    expect(report?.error).toBeUndefined()
    expect(report?.counts).toMatchObject({ inserted: 1, updated: 0, unchanged: 1 })
    expect(await warehouse.query(`SELECT id FROM ${name} ORDER BY 1`)).toEqual(['1', '2', '3'])
  })

  test('mistakes of a layout are told before anything runs', () => {
    const schema = [
      { name: 'id', type: { kind: 'int64' }, nullable: false },
      { name: 'Region', type: { kind: 'text' }, nullable: true },
      { name: 'tags', type: list(text()).type, nullable: true },
      { name: 'OID', type: { kind: 'int64' }, nullable: true },
    ] as const
    const messages = (redshift: object): readonly string[] =>
      checkTarget(
        target('bi.x', { from: raw, to: warehouse.declared, mode: 'append', redshift }),
        schema,
      ).map((d) => d.message.replace('target "bi.x": ', ''))
    expect(messages({ distribution: { key: 'tags' }, sort: ['nothing'], lengths: { id: 3 } })).toEqual([
      'Redshift takes no column "OID"',
      expect.stringContaining('the distribution: "tags" is'),
      'the sort key names "nothing", which the table does not have',
      expect.stringContaining('gives "id" a length'),
    ])
    expect(messages({ distribution: 'some', lengths: { Region: 65_536 } })).toEqual([
      'Redshift takes no column "OID"',
      'the distribution is auto, even, all or { key: … }, not some',
      '`redshift.lengths`: "Region" has 1 to 65535 bytes, not 65536',
    ])
  })
})
