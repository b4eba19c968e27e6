import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { putText } from '../s3/put-text.ts'
import { type RedshiftServer, role, startRedshift } from './server/index.ts'

const missing = missingPostgres()
const title =
  missing === undefined ? 'the stand-in refuses what Redshift refuses' : `the stand-in (${missing})`

describe.skipIf(missing !== undefined)(title, () => {
  let server: RedshiftServer
  let client: pg.Client
  let folder: string
  beforeAll(async () => {
    server = await startRedshift()
    folder = await mkdtemp(path.join(tmpdir(), 'redshift-server-'))
    const { wirePort: port, database, user } = server
    client = new pg.Client({ host: '127.0.0.1', port, database, user })
    await client.connect()
    await client.query('CREATE SCHEMA IF NOT EXISTS "s"')
  })
  afterAll(async () => {
    await client.end()
    await rm(folder, { recursive: true, force: true })
    await server[Symbol.asyncDispose]()
  })

  const said = async (sql: string): Promise<string> => {
    try {
      await client.query(sql)
      return 'done'
    } catch (error) {
      const { message, code } = error as { message: string; code: string }
      return `${code} ${message}`
    }
  }

  test.for([
    'INSERT INTO "s"."t" ("a") VALUES (1) ON CONFLICT ("a") DO NOTHING',
    'INSERT INTO "s"."t" ("a") VALUES (1) RETURNING "a"',
    'SELECT 1 FROM "s"."t" WHERE "a" IS NOT DISTINCT FROM 1',
    'SELECT "a" FROM "s"."t" FOR UPDATE',
    'SAVEPOINT x',
    'TRUNCATE "s"."t"',
    'CREATE INDEX i ON "s"."t" ("a")',
    'CREATE TABLE "s"."u" ("a" TEXT)',
    'CREATE TABLE "s"."u" ("a" UUID)',
    'CREATE TABLE "s"."u" ("a" TIMESTAMP) PARTITION BY RANGE ("a")',
    'CREATE TEMP TABLE "u" ("a" INTEGER) ON COMMIT DROP',
    'ALTER TABLE "s"."t" ALTER COLUMN "a" TYPE BIGINT',
    'ALTER TABLE "s"."t" ADD COLUMN "b" INTEGER, ADD COLUMN "c" INTEGER',
    'ALTER TABLE "s"."t" APPEND FROM "s"."u"',
    `COPY "s"."t" ("a") FROM 's3://stage/m' IAM_ROLE default FORMAT AS PARQUET MANIFEST`,
    `COPY "s"."t" FROM 's3://stage/m' IAM_ROLE default FORMAT AS PARQUET MANIFEST REGION 'eu-central-1'`,
    'MERGE INTO "s"."t" USING "s"."u" ON "t"."a" = "u"."a" WHEN MATCHED AND "u"."b" > 1 THEN UPDATE SET "b" = 1 WHEN NOT MATCHED THEN INSERT ("a") VALUES (1)',
    'MERGE INTO "s"."t" USING "s"."u" ON "t"."a" = "u"."a" WHEN MATCHED THEN UPDATE SET "b" = 1',
    'MERGE INTO "s"."t" USING (SELECT 1 AS "a") AS u ON "t"."a" = u."a" WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT ("a") VALUES (1)',
  ])('a syntax error: %s', async (sql) => {
    await said('CREATE TABLE "s"."t" ("a" INTEGER)')
    expect(await said(sql)).toMatch(/^42601 syntax error at or near/)
  })

  test.for([
    [`SELECT 'a\\b'`, 'backslash'],
    ['SELECT "a" FROM "s"."t"; DROP TABLE "s"."t"', 'one statement'],
    ['SELECT jsonb_build_object(1, 2)', 'function jsonb_build_object does not exist'],
    ['CREATE TABLE "s"."u" ("a" VARCHAR(65536))', '65535'],
    ['CREATE TABLE "s"."u" ("a" DECIMAL(39,0))', '38'],
    ['CREATE TABLE "s"."u" ("a" SUPER) DISTSTYLE KEY DISTKEY ("a")', 'cannot be a key'],
    ['CREATE TABLE "s"."u" ("a" INTEGER) COMPOUND SORTKEY ("b")', 'does not exist'],
    ['CREATE TABLE "s"."u" ("a" INTEGER) DISTSTYLE EVEN DISTKEY ("a")', 'DISTSTYLE KEY'],
    ['LOCK TABLE "s"."t"', 'transaction block'],
    ['SELECT 1 / COUNT(*) FROM "s"."t" WHERE "a" = -1', 'division by zero'],
  ])('%s: %s', async ([sql, why]) => {
    await said('CREATE TABLE "s"."t" ("a" INTEGER)')
    expect(await said(sql ?? '')).toContain(why)
  })

  test('names are kept in lower case, keys are not checked, bytes of text are', async () => {
    expect(
      await said('CREATE TABLE "s"."Keyed" ("Id" INTEGER NOT NULL, "t" VARCHAR(3), PRIMARY KEY ("Id"))'),
    ).toBe('done')
    expect(await said(`INSERT INTO "s"."keyed" ("id", "t") VALUES (1, 'abc'), (1, 'é')`)).toBe('done')
    expect(await said(`INSERT INTO "s"."keyed" ("id", "t") VALUES (2, 'éé')`)).toContain('Value too long')
  })

  test('a transaction that cannot be put in order with others fails with 1023', async () => {
    await said('CREATE TABLE "s"."x" ("a" INTEGER)')
    await said('CREATE TABLE "s"."y" ("a" INTEGER)')
    const { wirePort: port, database, user } = server
    const other = new pg.Client({ host: '127.0.0.1', port, database, user })
    await other.connect()
    for (const c of [client, other]) {
      await c.query('BEGIN')
      await c.query('SELECT COUNT(*) FROM "s"."x"')
      await c.query('SELECT COUNT(*) FROM "s"."y"')
    }
    await client.query('INSERT INTO "s"."x" ("a") VALUES (1)')
    await other.query('INSERT INTO "s"."y" ("a") VALUES (1)').catch(() => undefined)
    await other.query('COMMIT')
    expect(await said('COMMIT')).toBe('XX000 1023')
    await other.end()
  })

  /** Writes a file by DuckDB and a manifest that names it; tells what COPY says. */
  async function copied(
    columns: string,
    select: string,
    entry: { readonly size?: number; readonly url?: string } = {},
    as = role,
  ): Promise<string> {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const file = path.join(folder, 'file.parquet')
    await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet, COMPRESSION snappy)`)
    connection.closeSync()
    instance.closeSync()
    const bytes = await readFile(file)
    putText(server.s3, 'stage', 'file.parquet', bytes)
    const url = entry.url ?? 's3://stage/file.parquet'
    const manifest = {
      entries: [{ url, mandatory: true, meta: { content_length: entry.size ?? bytes.length } }],
    }
    putText(server.s3, 'stage', 'm', JSON.stringify(manifest))
    await client.query('DROP TABLE IF EXISTS "s"."c"')
    await client.query(`CREATE TABLE "s"."c" (${columns})`)
    return said(`COPY "s"."c" FROM 's3://stage/m' IAM_ROLE '${as}' FORMAT AS PARQUET MANIFEST`)
  }

  test('COPY loads what fits', async () => {
    const values = `SELECT 1::INTEGER a, 2::BIGINT b, 3.5::DECIMAL(10,2) d, 'é\\	x' e, encode('z') f, DATE '2024-01-02' g, TIMESTAMP '2024-01-02 03:04:05.000006' h, true i, 1.5::DOUBLE j
      UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL UNION ALL SELECT 0, 0, 0::DECIMAL(10,2), '', encode(''), DATE '2024-01-02', TIMESTAMP '2024-01-02 03:04:05', false, 'nan'::DOUBLE`
    const columns =
      '"a" INTEGER, "b" BIGINT, "d" DECIMAL(10,2), "e" VARCHAR(9), "f" VARBYTE(9), "g" DATE, "h" TIMESTAMP, "i" BOOLEAN, "j" DOUBLE PRECISION'
    expect(await copied(columns, values)).toBe('done')
    const { rows } = await client.query<unknown[]>({
      text: 'SELECT COUNT(*), COUNT("e"), MAX("e"), MAX("h") FROM "s"."c"',
      rowMode: 'array',
    })
    expect(rows[0]?.slice(0, 3)).toEqual(['3', '2', 'é\\\tx'])
  })

  test.for([
    ['"a" INTEGER', 'SELECT 1::BIGINT AS a', 'incompatible Parquet schema'],
    ['"a" BIGINT', 'SELECT 1::INTEGER AS a', 'incompatible Parquet schema'],
    ['"a" INTEGER', 'SELECT 1::UINTEGER AS a', 'incompatible Parquet schema'],
    ['"a" DECIMAL(12,2)', 'SELECT 1::DECIMAL(10,2) AS a', 'incompatible Parquet schema'],
    ['"a" DECIMAL(12,2)', 'SELECT 1::DOUBLE AS a', 'incompatible Parquet schema'],
    ['"a" TIME', `SELECT TIME '10:00:00' AS a`, 'incompatible Parquet schema'],
    ['"a" VARCHAR(9)', 'SELECT uuid() AS a', 'incompatible Parquet schema'],
    ['"a" SUPER', 'SELECT [1] AS a', 'requires SERIALIZETOJSON'],
    ['"a" INTEGER, "b" VARCHAR(9)', `SELECT 'x' AS b, 1::INTEGER AS a`, 'incompatible Parquet schema'],
    ['"a" INTEGER', 'SELECT 1::INTEGER AS a, 2::INTEGER AS b', 'Unmatched number of columns'],
    ['"a" VARCHAR(3)', `SELECT 'éé' AS a`, 'longer than the length defined in the table'],
    ['"a" VARCHAR(3)', `SELECT chr(0) AS a`, 'null byte'],
    ['"a" INTEGER NOT NULL', 'SELECT NULL::INTEGER AS a', 'Cannot insert a NULL'],
  ])('COPY into (%s) of %s: %s', async ([columns = '', select = '', why]) => {
    expect(await copied(columns, select)).toContain(why)
  })

  test('COPY refuses a manifest that is not true, and a role that it may not assume', async () => {
    const one = ['"a" INTEGER', 'SELECT 1::INTEGER AS a'] as const
    expect(await copied(...one, { size: 1 })).toContain('content_length')
    expect(await copied(...one, { url: 's3://stage/nothing' })).toContain('does not exist')
    expect(await copied(...one, {}, 'arn:aws:iam::123456789012:role/other')).toContain(
      'not authorized to assume',
    )
    expect(
      await said(`COPY "s"."c" FROM 's3://stage/none' IAM_ROLE '${role}' FORMAT AS PARQUET MANIFEST`),
    ).toContain('Problem reading manifest')
  })
})
