import { parseArgs } from 'node:util'
import type { SparkLine } from '../../tools/peers/spark-connect.ts'
import { judgePlans } from './judge-plans.ts'
import { openDuckdbPlans, openSparkPlans } from './plan-peer.ts'

/**
 * Judges many random plans, DuckDB against both lines of Spark: `node conformance/plan/nightly.ts [--plans 20000] [--seed N]
 * [--line 3.5] [--compiled 2000]`. So many of them run as Spark compiles them, the others interpreted, several times as
 * many an hour. Prints what differs, reduced; the exit code is 1 when something does.
 */
const { values } = parseArgs({
  options: {
    plans: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    line: { type: 'string', multiple: true, default: ['3.5', '4.1'] },
    most: { type: 'string', default: '20' },
    compiled: { type: 'string', default: '2000' },
  },
})
await using duckdb = await openDuckdbPlans()
const compiled = Math.min(Number(values.compiled), Number(values.plans))
const ways = values.line.flatMap((line) => [
  { line, interpreted: true, plans: Number(values.plans) - compiled, seed: Number(values.seed) },
  { line, interpreted: false, plans: compiled, seed: Number(values.seed) + 1 },
])
for (const { line, interpreted, plans, seed } of ways) {
  if (plans === 0) continue
  await using spark = await openSparkPlans(line as SparkLine, { interpreted })
  const found = await judgePlans(duckdb, spark, {
    seed,
    plans,
    most: Number(values.most),
    onProgress: (n) => process.stderr.write(`\r${spark.name}: ${n} plans`),
    onDifference: (difference) => console.log(`\n${difference}`),
  })
  console.log(
    `\n${spark.name}: seed ${seed}, ${found.accepted} plans accepted (${found.failing} fail on both, ${found.failingOnOne} on one), ${found.refused} refused, ${found.differences.length} differ`,
  )
  if (found.differences.length > 0 || found.accepted === 0) process.exitCode = 1
}
