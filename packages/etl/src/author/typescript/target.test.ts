import { expect, test } from 'vitest'
import {
  csv,
  defineConfig,
  duckdbFile,
  int64,
  json,
  postgres,
  secret,
  table,
  target,
  text,
} from '../../index.ts'
import { checkTarget, duplicateTargets } from '../../check/target.ts'
import { bucket, month } from './partition.ts'

const columns = { id: int64({ required: true }), region: text(), doc: json() }
const from = table('raw.things', { from: csv('x.csv', { columns }) })
const to = duckdbFile('bi.duckdb')

test('a target is a frozen value that the configuration finds, with its table', () => {
  const t = target('bi.things', { from, to, mode: 'merge', key: ['id'], indexes: [['region', 'id']] })
  expect(Object.isFrozen(t)).toBe(true)
  expect(t.at?.file).toBe(import.meta.filename)
  const config = defineConfig({ lake: './lake', pipelines: { t } })
  expect(config.targets).toEqual([t])
  expect(config.tables).toEqual([from])
  expect(checkTarget(t, from.schema).map((d) => [d.severity, d.message])).toEqual([
    [
      'warning',
      'target "bi.things": a DuckDB file gets no indexes: they may be broken after a crash, and the table with them',
    ],
  ])
})

test('columns are checked where they are written', () => {
  target('bi.things', {
    from,
    to,
    mode: 'merge',
    // @ts-expect-error there is no column 'idd'
    key: ['idd'],
  })
})

const messages = (t: ReturnType<typeof target>): readonly string[] =>
  checkTarget(t, from.schema).map((d) => `${d.code} ${d.message.replace('target "bi.things": ', '')}`)

test('all mistakes of a declaration are told together', () => {
  const wrong = target('Things', {
    from,
    to: {} as never,
    mode: 'upsert' as never,
    nul: 'drop' as never,
    maxShrink: 2,
  })
  expect(messages(wrong)).toEqual([
    'config.invalid target "Things": "Things" is no name for a target',
    'config.invalid target "Things": `to` is postgres({…}), redshift({…}) or duckdbFile(…)',
    'config.invalid target "Things": mode is append, replace, merge, partition, history, not upsert',
    'config.invalid target "Things": nul is refuse, strip, replace, not drop',
    'config.invalid target "Things": maxShrink is a share from 0 to 1, not 2',
  ])
  expect(messages(target('bi.things', { from, to, mode: 'merge' }))).toEqual([
    'config.invalid mode merge needs a key',
  ])
  expect(messages(target('bi.things', { from, to, mode: 'append', key: ['id'], order: ['id'] }))).toEqual([
    'config.invalid mode append takes no key',
    'config.invalid mode append takes no order',
  ])
})

test('columns that cannot be what they are named for are told', () => {
  const keyed = target('bi.things', {
    from,
    to,
    mode: 'merge',
    key: ['doc', 'id', 'id'],
    partition: 'region',
    indexes: [[]],
  })
  expect(messages(keyed)).toEqual([
    'plan.type-mismatch the key: "doc" is json',
    'config.invalid the key names "id" twice',
    'config.invalid an index names no column',
    'config.invalid a DuckDB file gets no indexes: they may be broken after a crash, and the table with them',
    'config.invalid the key does not hold "region", by which the target is partitioned',
  ])
  const parted = { from, to, mode: 'partition' } as const
  expect(messages(target('bi.things', { ...parted, partition: bucket('id', 4) }))).toEqual([
    'config.invalid a target is not partitioned by bucket',
  ])
  expect(messages(target('bi.things', { ...parted, partition: month('region') }))).toEqual([
    'plan.type-mismatch the partition: "region" is text',
  ])
})

test('names that PostgreSQL would cut or refuse are told', () => {
  const odd = table('raw.odd', {
    from: csv('x.csv', { columns: { ctid: text(), ['é'.repeat(32)]: text(), valid_to: text() } }),
  })
  const server = postgres({ host: 'db', database: 'bi', user: 'loader', password: secret('env:BI') })
  const t = target('bi.odd', { from: odd, to: server, mode: 'history', key: ['ctid'] })
  expect(checkTarget(t, odd.schema).map((d) => d.message)).toEqual([
    'target "bi.odd": PostgreSQL takes no column "ctid"',
    `target "bi.odd": PostgreSQL takes no column "${'é'.repeat(32)}"`,
    'target "bi.odd": a history has a column "valid_to" of its own',
  ])
})

test('two targets of one name or identity in one warehouse are told', () => {
  const one = target('bi.things', { from, to, mode: 'append' })
  const same = target('bi.things', { from, to, mode: 'replace' })
  const renamed = target('bi.others', { from, to, mode: 'append', id: 'bi.things' })
  const elsewhere = target('bi.things', { from, to: duckdbFile('other.duckdb'), mode: 'append' })
  expect(duplicateTargets([one, same, renamed, elsewhere]).map((d) => d.message)).toEqual([
    'target "bi.things" is declared twice',
    'targets "bi.things" and "bi.others" have the same id "bi.things"',
  ])
})

test('a warehouse is checked where it is declared, and shows no secret', () => {
  expect(() => postgres({ host: '', database: 'bi', user: 'u', port: 0 })).toThrow(
    'host is missing; port is 1 to 65535',
  )
  expect(() => postgres({ host: 'h', database: 'd', user: 'u', password: 'pw' as never })).toThrow(
    'password is secret(',
  )
  expect(() => duckdbFile('')).toThrow('duckdbFile takes the path of a file')
  const server = postgres({ host: 'h', database: 'd', user: 'u', password: secret('env:PW') })
  expect(JSON.stringify(server)).toContain('env:PW')
})
