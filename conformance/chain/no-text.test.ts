import { expect, test } from 'vitest'
import { duckdbFile, int64, mysql, table, target, text } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openDatabase } from '../mysql/database.ts'
import { openWorkshop } from '../run/workshop.ts'
import { openDuckdbAt, openPostgres } from '../target/warehouse.ts'

const missing = missingMariadb() ?? missingPostgres()

/** Bytes and whether they are text, by name. */
const cases: Readonly<Record<string, readonly [hex: string, isText: boolean]>> = {
  plain: ['616263', true],
  empty: ['', true],
  nul: ['610062', true],
  'nul alone': ['00', true],
  'four bytes': ['f09f9880', true],
  'byte order mark': ['efbbbf61', true],
  'last character': ['f48fbfbf', true],
  'lone byte': ['61ff62', false],
  'cut character': ['61e282', false],
  overlong: ['c080', false],
  'lone surrogate': ['eda080', false],
  'beyond unicode': ['f4908080', false],
  latin1: ['e9', false],
}

test.skipIf(missing !== undefined)(
  `NUL and bytes that are no text, from MySQL to the warehouses: as they are, rejected, or as the target says${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    await using db = await openDatabase()
    await using server = await openPostgres()
    await using shop = await openWorkshop('no-text-')
    await db.run('create table odd (id int primary key, v varbinary(100))')
    const names = Object.keys(cases)
    for (const [i, [hex]] of Object.values(cases).entries())
      await db.run(`insert into odd values (${i}, x'${hex}')`)
    const raw = table('raw.odd', {
      from: mysql(db.server, { table: 'odd', columns: { id: int64({ required: true }), v: text() } }),
    })
    const file = `${shop.folder}/warehouse.duckdb`
    const to = server.declared
    const targets = [
      target('bi.refused', { from: raw, to, mode: 'replace' }),
      target('bi.stripped', { from: raw, to, mode: 'replace', nul: 'strip' }),
      target('bi.replaced', { from: raw, to, mode: 'replace', nul: 'replace' }),
      target('bi.file', { from: raw, to: duckdbFile(file), mode: 'replace' }),
    ]
    const report = await shop.run([raw], { targets })
    const good = names.flatMap((name, i) => (cases[name]?.[1] === true ? [i] : []))
    expect(report.tables[0]?.counts).toMatchObject({
      read: names.length,
      written: good.length,
      rejected: names.length - good.length,
    })
    const rejected = (await shop.rows('raw.odd$rejected')).map((row) => JSON.parse(row) as (string | null)[])
    expect(rejected).toHaveLength(names.length - good.length)
    expect(report.targets.map((t) => t.error?.code ?? t.counts?.cleaned)).toEqual(['target.value', 2, 2, 0])
    // What goes in comes out, byte for byte, but for what the target was told to do with NUL.
    const bytes = (i: number): string => Object.values(cases)[i]?.[0] ?? ''
    const inFile = await openDuckdbAt(file).query(`SELECT id, lower(hex(encode(v))) FROM bi.file ORDER BY id`)
    expect(inFile).toEqual(good.map((i) => `${i}|${bytes(i)}`))
    const inServer = (name: string): Promise<readonly string[]> =>
      server.query(`SELECT id, encode(convert_to(v, 'UTF8'), 'hex') FROM bi.${name} ORDER BY id`)
    expect(await inServer('stripped')).toEqual(good.map((i) => `${i}|${bytes(i).replace(/00/, '')}`))
    expect(await inServer('replaced')).toEqual(good.map((i) => `${i}|${bytes(i).replace(/00/, 'efbfbd')}`))
  },
)
