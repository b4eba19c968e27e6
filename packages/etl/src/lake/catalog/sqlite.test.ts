import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { rowTable, temporaryLake } from '../../../../../conformance/lake/temporary-lake.ts'
import { catalogName } from '../index.ts'
import { openSqliteCatalog } from './sqlite.ts'

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
  await using impatient = openSqliteCatalog(at.lake.catalogFile, catalogName, 10)
  const other = new DatabaseSync(at.lake.catalogFile)
  other.exec('begin immediate')
  await expect(impatient.takeEpoch('a')).rejects.toMatchObject({ code: 'lake.conflict', retry: 'transient' })
  other.exec('rollback')
  other.close()
  expect((await impatient.takeEpoch('a')).number).toBe(1)
})
