import { connectSessions } from '../../packages/etl/src/engine/spark/connect-session.ts'
import { openSpark } from '../../packages/etl/src/engine/spark/index.ts'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { missingSparkConnect, type SparkLine, startSparkConnect } from '../../tools/peers/spark-connect.ts'

/** The lines of Spark that every suite here runs on. */
export const lines: readonly SparkLine[] = ['3.5', '4.1']

const missing = missingSparkConnect()

/** Whether the suites are skipped: never in CI, where a missing peer fails. */
export const isSkipped: boolean = missing !== undefined && process.env['CI'] === undefined

/** What the title of a suite says when it is skipped. */
export const skipTitle: string = missing === undefined ? '' : ` (${missing}; npm run engines starts it)`

/** Spark of a line as an engine, over the embedded one given, which disposing of it disposes of. */
export async function sparkEngine(line: SparkLine, embedded: Engine): Promise<Engine> {
  const { url } = await startSparkConnect(line)
  return openSpark({ embedded, open: connectSessions({ url }) })
}
