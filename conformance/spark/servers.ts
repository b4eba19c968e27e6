import { runningSparkConnect, stopSparkConnect } from '../../tools/peers/spark-connect.ts'

/** Ends the local Spark servers that the suites started, when all have run; those that ran before stay. */
export default async function setup(): Promise<() => Promise<void>> {
  const before = new Set(await runningSparkConnect())
  return async () => {
    for (const name of await runningSparkConnect()) if (!before.has(name)) await stopSparkConnect(name)
  }
}
