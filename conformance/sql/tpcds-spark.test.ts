import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { compileQuery } from '../../packages/etl/src/author/sql/compile.ts'
import { printNode } from '../../packages/etl/src/engine/print/node.ts'
import { openSpark } from '../../packages/etl/src/engine/spark/connect/index.ts'
import { sparkSettings } from '../../packages/etl/src/engine/spark/settings.ts'
import { quoteSparkName, quoteText } from '../../packages/etl/src/function/dialect.ts'
import type { Node } from '../../packages/etl/src/plan/node.ts'
import { missingSparkConnect, type SparkLine, startSparkConnect } from '../../tools/peers/spark-connect.ts'
import { installTpcds } from '../../tools/peers/tpcds.ts'
import { comparable, firstDifference, projectOf } from './tpcds.ts'

/** Lines to compare all queries on, such as `4.1` or `3.5,4.1`: some ten minutes each on two cores. Without: every ninth. */
const asked = (process.env['TPCDS_SPARK'] ?? '')
  .split(',')
  .filter((l): l is SparkLine => l === '3.5' || l === '4.1')
const missing = missingSparkConnect()
const title = `TPC-DS on Spark${missing === undefined ? '' : ` (${missing})`}`
const numbers = Array.from({ length: 99 }, (_, i) => i + 1)
  .filter((n) => asked.length > 0 || n % 9 === 0)
  .map((n) => `query ${n}`)

describe.skipIf(missing !== undefined).each(asked.length === 0 ? (['4.1'] as const) : asked)(
  `${title} %s`,
  (line) => {
    const open = async () => {
      const project = projectOf(await installTpcds(Number(process.env['TPCDS_SCALE'] ?? '0.1')))
      const { url } = await startSparkConnect(line)
      const pinned = Object.fromEntries(sparkSettings.map(({ key, value }) => [key, value]))
      const session = await openSpark({ url, settings: { ...pinned, 'spark.sql.shuffle.partitions': '2' } })
      const peer = await (await DuckDBInstance.create(':memory:', { memory_limit: '4GB' })).connect()
      const files = new Map(
        [...project.inputs].map(([name, b]) => [name, b.kind === 'lake' ? (b.files[0]?.path ?? '') : '']),
      )
      for (const [name, file] of files)
        await peer.run(
          `CREATE VIEW ${name.replace('tpcds.', '')} AS SELECT * FROM read_parquet(${quoteText(file)})`,
        )
      return { project, session, peer, files }
    }
    let opened: ReturnType<typeof open> | undefined
    let compared = 0
    afterAll(async () => {
      const used = await opened
      await used?.session[Symbol.asyncDispose]()
      used?.peer.closeSync()
      console.log(`TPC-DS on Spark ${line}: ${compared} queries equal`)
    })

    test.each(numbers)('%s gives the rows of the SQL', { timeout: 300_000 }, async (name) => {
      const { project, session, peer, files } = await (opened ??= open())
      const { unlimited = '' } = project.queries.find((q) => q.name === name) ?? {}
      const compiled = await compileQuery(project.query(unlimited), project.schemas)
      if ('diagnostics' in compiled) throw new Error(compiled.diagnostics.map((d) => d.message).join('\n'))
      const { root } = compiled
      const scan = (n: Node): string | undefined =>
        n.kind === 'scan' ? `SELECT * FROM parquet.${quoteSparkName(files.get(n.input) ?? '')}` : undefined
      await using result = await session.query(printNode(root, scan, 'spark'))
      const ours: unknown[][] = []
      for await (const { columns, rows } of result.chunks)
        for (let i = 0; i < rows; i++) ours.push(columns.map((c) => c[i]))
      const theirs = (await peer.runAndReadAll(unlimited)).getRows()
      const normal = (rows: readonly (readonly unknown[])[]) => rows.map((r) => comparable(r, root.schema))
      expect(firstDifference(normal(ours), normal(theirs))).toBeUndefined()
      compared++
    })
  },
)
