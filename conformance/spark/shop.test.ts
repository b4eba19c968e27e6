import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateShop } from '../../packages/etl/src/generate/index.ts'
import { startSparkConnect } from '../../tools/peers/spark-connect.ts'
import { compareExpected } from '../shop/compare-expected.ts'
import { isSkipped, lines, skipTitle } from './lines.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'packages/etl/bin/securecart.js')
const minutes = 60_000

/** `SHOP_SPARK_ORDERS=1000000 SHOP_SPARK_TURNS=12` is the large form; it takes about an hour on two cores. */
const large = process.env['SHOP_SPARK_ORDERS']
/** Deliveries of the lake that the engines continue in turn; at most 12. */
const turnCount = Number(process.env['SHOP_SPARK_TURNS'] ?? 4)

/** Tables whose queries Spark refuses; the embedded engine builds them. */
const embeddedOnly = ['web.page_stats']
const onSpark = ['raw', 'sales', 'mart', 'web.events', 'web.sessions']

describe.skipIf(isSkipped)(`the shop on Spark${skipTitle}`, () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-shop-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = async (lake: string, data: string, tables: readonly string[], engine: readonly string[]) => {
    const place = ['--project', join(root, 'examples/shop'), '--var', `data=${data}`, '--lake', lake]
    const args = [program, 'run', ...tables, '--quiet', '--json', ...place, ...engine]
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 << 20 })
    return JSON.parse(stdout) as {
      readonly tables: readonly { readonly table: string; readonly outcome: string }[]
    }
  }
  const expectEqual = async (lake: string, data: string): Promise<void> => {
    const found = await compareExpected(lake, join(data, 'expected'))
    expect(found.length).toBe(9)
    expect(found.filter((d) => d.rows === 0 || d.unexpected + d.missing > 0)).toEqual([])
  }

  test.each(lines)(
    'built on Spark %s gives the expected answers row for row',
    async (line) => {
      const { url } = await startSparkConnect(line)
      const [data, lake] = [join(folder, `data-${line}`), join(folder, `lake-${line}`)]
      await generateShop({ folder: data, orders: Number(large ?? 5000), seed: 31 })
      const report = await run(lake, data, onSpark, ['--engine', 'spark', '--spark', url])
      expect(report.tables.filter((t) => t.outcome !== 'published')).toEqual([])
      await run(lake, data, embeddedOnly, [])
      await expectEqual(lake, data)
    },
    60 * minutes,
  )

  test(
    `one lake continued ${turnCount} times by DuckDB and both lines of Spark in turn gives the expected answers`,
    async () => {
      const cycle = ['3.5', undefined, '4.1', undefined] as const
      const turns = Array.from({ length: turnCount }, (_, i) => cycle[i % cycle.length])
      const [data, lake] = [join(folder, 'data-turns'), join(folder, 'lake-turns')]
      for (let index = 1; index <= turns.length; index++) {
        await generateShop({
          folder: data,
          orders: Number(large ?? 1000),
          seed: 32,
          part: { index, of: turns.length },
        })
        const line = turns[index - 1]
        const engine =
          line === undefined ? [] : ['--engine', 'spark', '--spark', (await startSparkConnect(line)).url]
        await run(lake, data, onSpark, engine)
      }
      await run(lake, data, embeddedOnly, [])
      await expectEqual(lake, data)
    },
    120 * minutes,
  )
})
