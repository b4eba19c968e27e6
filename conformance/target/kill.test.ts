import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { seedFor } from '../crash/report.ts'
import { surviveKills } from './kill-suite.ts'
import { openDuckdbAt, openPostgres } from './warehouse.ts'

const kills = Number(process.env['TARGET_KILLS'] ?? 6)
const seed = seedFor('TARGET_SEED')
const missing = missingPostgres()
const title =
  missing === undefined ? `deliveries that are killed (seed ${seed})` : `killed deliveries (${missing})`

describe.skipIf(missing !== undefined)(title, () => {
  test(`after ${kills} kills nothing is lost, repeated or half`, { timeout: 40 * 60_000 }, async () => {
    await using server = await openPostgres()
    const { host, port = 5432, user, database, password } = server.declared
    await surviveKills({
      kills,
      seed,
      project: fileURLToPath(new URL('project', import.meta.url)),
      variables: { host, port, user, database, password: password?.at ?? '' },
      warehouses: (data) => [server, openDuckdbAt(path.join(data, 'warehouse.duckdb'))],
    })
    expect(await server.query(`SELECT count(*) FROM pg_class WHERE relname LIKE 'securecart$%'`)).toEqual([
      '0',
    ])
  })
})
