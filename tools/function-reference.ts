import { mkdir, writeFile } from 'node:fs/promises'
import { openDuckdb } from '../conformance/function/duckdb.ts'
import { judge, type Verdict } from '../conformance/function/judge.ts'
import { openPostgres } from '../conformance/function/postgres.ts'
import { openSparkPeer } from '../conformance/function/spark.ts'
import { functionReference } from '../conformance/function/reference.ts'
import { catalogue } from '../packages/etl/src/function/catalogue.ts'
import type { FunctionDefinition } from '../packages/etl/src/function/contract.ts'

/** Puts the whole catalogue to DuckDB, PostgreSQL and both lines of Spark, and writes docs/reference/functions.md from what they answered. */
const functions: readonly FunctionDefinition[] = Object.values(catalogue)
await using duckdb = await openDuckdb()
await using postgres = await openPostgres()
await using spark35 = await openSparkPeer('3.5')
await using spark41 = await openSparkPeer('4.1')
const verdicts: Verdict[] = []
for (const peer of [duckdb, postgres, spark35, spark41]) {
  for (const f of functions) verdicts.push(await judge(f, peer))
}
for (const v of verdicts.filter((verdict) => verdict.failures.length > 0)) {
  console.error(`${v.function} on ${v.peer}:\n${v.failures.join('\n')}`)
  process.exitCode = 1
}
const page = new URL('../docs/reference/functions.md', import.meta.url)
await mkdir(new URL('.', page), { recursive: true })
await writeFile(page, functionReference(functions, verdicts))
console.info(`${functions.length} functions, ${verdicts.reduce((n, v) => n + v.cases, 0)} cases`)
