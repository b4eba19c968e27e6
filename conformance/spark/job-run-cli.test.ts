import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Distribution, distribution, smallDriver } from './distribution.ts'
import { isSkipped, skipTitle } from './lines.ts'

const built = fileURLToPath(new URL('../../packages/etl', import.meta.url))
const minute = 60_000

const project = (home: string): string => `
import { csv, dedupe, defineConfig, int64, sparkSubmit, table, text } from '${built}/dist/index.js'

const read = table('raw.orders', {
  from: csv('data/*.csv', { columns: { id: int64({ required: true }), region: text(), version: int64() } }),
})
const orders = table('sales.orders', {
  from: read.pipe(dedupe({ by: ['id'], keep: 'last', order: ['version'] })),
  key: ['id'],
})
export default defineConfig({
  lake: './lake',
  pipelines: [[read, orders]],
  profiles: {
    jobs: {
      engine: 'spark',
      spark: sparkSubmit({ sparkHome: '${home}', master: 'local[2]', conf: ${JSON.stringify(smallDriver)} }),
    },
  },
})
`

describe.skipIf(isSkipped)(`runs by jobs${skipTitle}`, () => {
  let folder = ''
  let spark: Distribution
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-run-'))
    spark = await distribution('4.1')
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await writeFile(join(folder, 'securecart.config.ts'), project(spark.sparkHome))
  }, 10 * minute)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const securecart = async (...args: readonly string[]): Promise<unknown> => {
    const program = join(built, 'bin/securecart.js')
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, '--json'], {
      cwd: folder,
      env: { ...process.env, ...spark.env },
    })
    return JSON.parse(stdout)
  }
  const orders = async (): Promise<unknown> => securecart('query', 'select * from sales.orders order by id')

  test(
    'a table is built by a job, merged by another way of saying so, and by DuckDB after that',
    async () => {
      await writeFile(join(folder, 'data/1.csv'), 'id,region,version\n1,EU,1\n2,US,1\nx,,\n1,EU,2\n')
      expect(await securecart('run', '--engine', 'spark', '--spark', 'submit:local[2]')).toMatchObject({
        outcome: 'done',
        tables: [
          { table: 'raw.orders', counts: { read: 4, written: 3, rejected: 1 } },
          { table: 'sales.orders', counts: { read: 3, written: 2, deduplicated: 1 } },
        ],
      })
      await writeFile(join(folder, 'data/2.csv'), 'id,region,version\n2,ASIA,2\n3,EU,1\n')
      expect(await securecart('run', '--profile', 'jobs')).toMatchObject({
        outcome: 'done',
        tables: [{}, { table: 'sales.orders', action: 'merge', counts: { written: 3 } }],
      })
      await writeFile(join(folder, 'data/3.csv'), 'id,region,version\n3,EU,0\n4,US,1\n')
      expect(await securecart('run')).toMatchObject({ outcome: 'done' })
      expect(JSON.stringify(await orders())).toBe(
        JSON.stringify([
          { id: '1', region: 'EU', version: '2' },
          { id: '2', region: 'ASIA', version: '2' },
          { id: '3', region: 'EU', version: '1' },
          { id: '4', region: 'US', version: '1' },
        ]),
      )
    },
    10 * minute,
  )
})
