import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import { EtlError } from '../../base/errors.ts'
import { catalogName, openLake } from '../index.ts'
import { openSqliteCatalog } from './sqlite.ts'

test('writers beside each other lose and repeat nothing when they retry conflicts', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin()
  tx.create({ name: 'a.t', ...rowTable })
  tx.create({ name: 'a.copy', ...rowTable })
  await tx.commit()
  let conflicts = 0
  const writer = async (number: number): Promise<void> => {
    await using lake = await openLake({ folder: at.folder })
    for (let i = 0; i < 8; i++) {
      for (;;) {
        const own = await lake.begin({ dataFiles: 'exists' })
        for (const name of ['a.t', 'a.copy'])
          own.append(name, [await writeRows(lake, name, [`${number}-${i}`])], {})
        try {
          await own.commit()
          break
        } catch (error) {
          if (!(error instanceof EtlError && error.code === 'lake.conflict')) throw error
          conflicts += 1
        }
      }
    }
  }
  await Promise.all([0, 1, 2, 3].map(writer))
  const expected = [0, 1, 2, 3].flatMap((n) => Array.from({ length: 8 }, (_, i) => `${n}-${i}`)).toSorted()
  for (const name of ['a.t', 'a.copy']) {
    expect(await readRows(await (await at.lake.load(name))?.files())).toEqual(expected)
  }
  expect(conflicts).toBeGreaterThan(0)
})

test('the catalog file has the standard JDBC schema and durable settings', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin()
  tx.create({ name: 'one.two.t', ...rowTable })
  await tx.commit()
  const db = new DatabaseSync(at.lake.catalogFile)
  const rows = db.prepare('select * from iceberg_tables').all()
  expect(rows).toMatchObject([
    { catalog_name: 'securecart', table_namespace: 'one.two', table_name: 't', iceberg_type: 'TABLE' },
  ])
  expect(rows[0]?.['metadata_location']).toMatch(
    /^file:\/\/\/.*\/one\/two\/t\/metadata\/00000-.*\.metadata\.json$/,
  )
  expect(db.prepare('select * from iceberg_namespace_properties').all()).toMatchObject([
    { catalog_name: 'securecart', namespace: 'one.two', property_key: 'exists', property_value: 'true' },
  ])
  expect(db.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  db.close()
})

test('a catalog that another process holds for too long is a conflict that may be retried', async () => {
  await using at = await temporaryLake()
  using impatient = openSqliteCatalog(at.lake.catalogFile, catalogName, 10)
  at.lake.catalog.exclusively(() => {
    expect(() => impatient.takeEpoch('a')).toThrow(
      expect.objectContaining({ code: 'lake.conflict', retry: 'transient' }),
    )
  })
  expect(impatient.takeEpoch('a').number).toBe(1)
})
