import { once } from 'node:events'
import { parseArgs } from 'node:util'
import {
  type SparkLine,
  missingSparkConnect,
  sparkLines,
  startSparkConnect,
  stopSparkConnect,
} from './peers/spark-connect.ts'

const usage = `npm run engines -- [3.5] [4.1] [--detach | --stop]

Starts a local Spark Connect server of each named line (both when none is named), installing Spark from PyPI and
Maven Central on the first call, and stays until Ctrl-C.

  --detach   return when the servers are ready; they keep running
  --stop     end the servers that are running
`

/** Runs local Spark Connect servers for development and tests. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { detach: { type: 'boolean' }, stop: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const all = Object.keys(sparkLines) as SparkLine[]
  const unknown = positionals.filter((name) => !all.includes(name as SparkLine))
  if (values.help === true || unknown.length > 0) {
    process.stderr.write(unknown.length > 0 ? `There is no Spark line ${unknown[0]} here.\n${usage}` : usage)
    return unknown.length > 0 ? 2 : 0
  }
  const lines = positionals.length === 0 ? all : (positionals as SparkLine[])
  if (values.stop === true) {
    for (const line of lines) {
      console.log(`Spark ${line}: ${(await stopSparkConnect(line)) ? 'stopped' : 'was not running'}`)
    }
    return 0
  }
  const missing = missingSparkConnect()
  if (missing !== undefined) {
    console.error(`A local Spark ${missing}.`)
    return 1
  }
  for (const line of lines) {
    console.error(`Spark ${line}: starting …`)
    const server = await startSparkConnect(line)
    console.log(`Spark ${line}: ${server.url}   (${sparkLines[line].release}; log: ${server.log})`)
    console.log(`           npx securecart run --engine spark --spark ${server.url}`)
  }
  if (values.detach === true) {
    console.log('The servers keep running: npm run engines -- --stop ends them.')
    return 0
  }
  console.log('Ctrl-C ends the servers.')
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  for (const line of lines) await stopSparkConnect(line)
  return 0
}

process.exitCode = await main()
