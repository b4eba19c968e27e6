import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { seedFor } from '../crash/report.ts'
import { surviveKills } from '../target/kill-suite.ts'
import { openRedshift } from '../target/warehouse.ts'
import { role } from './server/index.ts'

const kills = Number(process.env['REDSHIFT_KILLS'] ?? 2)
const seed = seedFor('TARGET_SEED')
const missing = missingPostgres()
const title =
  missing === undefined
    ? `deliveries to Redshift that are killed (seed ${seed})`
    : `killed deliveries to Redshift (${missing})`

describe.skipIf(missing !== undefined)(title, () => {
  test.for(['wire', 'data api'] as const)(
    `by %s, after ${kills} kills nothing is lost, repeated or half`,
    { timeout: 40 * 60_000 },
    async (by) => {
      await using warehouse = await openRedshift(by)
      const { wirePort: port, user, database, workgroup, s3 } = warehouse.server
      await surviveKills({
        kills,
        seed,
        project: fileURLToPath(new URL('project', import.meta.url)),
        variables: {
          by: by === 'wire' ? by : 'api',
          database,
          role,
          ...(by === 'wire' ? { port, user } : { workgroup }),
        },
        warehouses: () => [warehouse],
      })
      // The last runs were not killed: each has removed what it and its forerunners had staged.
      expect(await warehouse.query(`SELECT relname FROM pg_class WHERE relname LIKE 'securecart$%'`)).toEqual(
        [],
      )
      expect([...(s3.buckets.get('stage')?.objects.keys() ?? [])]).toEqual([])
    },
  )
})
