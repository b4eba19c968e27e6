import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingSparkConnect, type SparkLine, sparkLines } from '../../tools/peers/spark-connect.ts'
import { judgePlans } from './judge-plans.ts'
import { openDuckdbPlans, openSparkPlans, type PlanPeer } from './plan-peer.ts'

const missing = missingSparkConnect()
/** Plans for each line of Spark; a fifth of them compiled, the others interpreted, which is several times as quick. */
const plans = Number(process.env['PLANS'] ?? 400)
const ways = [
  { interpreted: false, plans: Math.ceil(plans / 5) },
  { interpreted: true, plans: Math.floor((plans * 4) / 5) },
]
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_007)
const minutes = 60_000

describe.skipIf(missing !== undefined && process.env['CI'] !== 'true')(
  `random plans on DuckDB and Spark${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let duckdb: PlanPeer
    beforeAll(async () => {
      duckdb = await openDuckdbPlans()
    })
    afterAll(() => duckdb[Symbol.asyncDispose]())

    it.each(
      (Object.keys(sparkLines) as SparkLine[]).flatMap((line) => ways.map((way) => ({ line, ...way }))),
    )(
      `$plans give equal rows on Spark $line, interpreted: $interpreted (seed ${seed})`,
      async ({ line, interpreted, plans: wanted }) => {
        await using spark = await openSparkPlans(line, { interpreted })
        const found = await judgePlans(duckdb, spark, { seed: interpreted ? seed : seed + 1, plans: wanted })
        console.info(
          `${spark.name}: seed ${seed}, ${found.accepted} plans accepted, ${found.failing} of them fail by their data on both, ${found.failingOnOne} on one, ${found.refused} refused`,
        )
        expect(found.differences.join('\n\n')).toBe('')
        expect(found.accepted).toBeGreaterThanOrEqual(wanted)
        expect(found.failingOnOne).toBeLessThan(wanted / 10)
        // Plans that fail say little: most must give rows.
        expect(found.failing).toBeLessThan(wanted / 4)
      },
      30 * minutes,
    )

    it.each([
      ['NULLs that sort the other way', / NULLS LAST/g, ' NULLS FIRST'],
      ['whole numbers that are cut instead of rounded', /\bround\(/g, 'floor('],
      ['outer joins that lose rows', /(?:LEFT|FULL) JOIN/g, 'JOIN'],
    ])(
      'a planted fault is found and reduced: %s',
      async (_, wanted, planted) => {
        await using spark = await openSparkPlans('4.1', {
          fault: (sql) => sql.replaceAll(wanted, planted),
          interpreted: true,
        })
        const found = await judgePlans(duckdb, spark, { seed: 13, plans: 400, most: 1 })
        expect(found.differences.length).toBeGreaterThan(0)
        expect(found.differences[0]).toMatch(/^over (?:[a-z]: [0-6] rows(?:, |$))+$/m)
      },
      20 * minutes,
    )
  },
)
