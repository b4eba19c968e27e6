import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingCommands, peerFolder, runCommand } from './command.ts'
import { missingJava } from './java.ts'
import { mavenJar } from './maven.ts'
import { freePort, isListening } from './ports.ts'
import { pythonWith } from './python.ts'
import { holdLock } from './server-lock.ts'
import { sparkPackages } from './spark.ts'

interface Line {
  /** The folder of its Python environment below the peers' folder. */
  readonly environment: string
  readonly packages: readonly string[]
  /** The release of the engine, and of the Connect server on it where that is another one. */
  readonly release: string
  /** The port it listens on unless that is taken. */
  readonly port: number
  /** Jars that the line's distribution lacks; from 4.0 on it has the Connect server. */
  readonly jars: readonly string[]
}

/**
 * The lines of Spark that are supported.
 *
 * In 3.5 the Connect server is a jar of its own. It is that of 3.5.7 on an engine of 3.5.8: the jar of 3.5.8 could not
 * be had from Maven when this was written, and nothing says that the two releases fit each other but the conformance
 * suites that run on the pair. Set both alike as soon as the jar can be had.
 */
export const sparkLines = {
  '3.5': {
    environment: 'pyspark',
    packages: sparkPackages,
    release: '3.5.8 with the Connect server of 3.5.7',
    port: 15_035,
    jars: ['org.apache.spark:spark-connect_2.12:3.5.7'],
  },
  '4.1': {
    environment: 'pyspark-4.1',
    packages: ['pyspark==4.1.4'],
    release: '4.1.4',
    port: 15_041,
    jars: [],
  },
} as const satisfies Readonly<Record<string, Line>>

export type SparkLine = keyof typeof sparkLines

/** A local Spark Connect server. It outlives the process that started it; `stopSparkConnect` ends it. */
export interface SparkConnectServer {
  readonly line: SparkLine
  /** `sc://localhost:15035` */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** The file that it logs to. */
  readonly log: string
}

interface State extends SparkConnectServer {
  readonly command: readonly string[]
}

const folder = join(peerFolder, 'spark-connect')
const stateFile = (name: string): string => join(folder, `${name}.json`)

/** What is missing of the machine to run a local Spark Connect server, if anything. */
export function missingSparkConnect(): string | undefined {
  return missingJava() ?? missingCommands('python3', 'mvn')
}

/** The server's settings: small, and with a Java time zone that no result may depend on. */
function settings(name: string): readonly string[] {
  return [
    'spark.sql.shuffle.partitions=4',
    'spark.ui.enabled=false',
    // Thousands of statements pass through: the plans that a server keeps of them for its pages would fill its heap.
    'spark.sql.ui.retainedExecutions=20',
    'spark.ui.retainedJobs=50',
    'spark.ui.retainedStages=50',
    'spark.sql.maxPlanStringLength=10000',
    'spark.sql.parser.manageParserCaches=true',
    'spark.connect.grpc.binding.address=127.0.0.1',
    `spark.sql.warehouse.dir=${join(folder, name, 'warehouse')}`,
    `spark.local.dir=${join(folder, name, 'scratch')}`,
    'spark.driver.extraJavaOptions=-Duser.timezone=America/St_Johns',
  ]
}

async function install(line: SparkLine): Promise<{ readonly home: string; readonly jars: string[] }> {
  const { environment, packages, jars } = sparkLines[line]
  const python = await pythonWith(environment, packages, true)
  const home = await runCommand(python, ['-c', 'import pyspark; print(pyspark.__path__[0])'])
  const paths: string[] = []
  for (const jar of jars) paths.push(await mavenJar(jar))
  return { home: home.trim(), jars: paths }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function running(name: string): Promise<State | undefined> {
  if (!existsSync(stateFile(name))) return undefined
  const state = JSON.parse(readFileSync(stateFile(name), 'utf8')) as State
  return isAlive(state.pid) && (await isListening(state.port)) ? state : undefined
}

/** The names of the servers that run on this machine. */
export async function runningSparkConnect(): Promise<readonly string[]> {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []))
  const alive = await Promise.all(names.map(running))
  return names.filter((_, i) => alive[i] !== undefined)
}

const tail = (log: string): string => readFileSync(log, 'utf8').slice(-4_000)

async function untilReady(server: SparkConnectServer): Promise<void> {
  for (let waited = 0; waited < 120_000; waited += 250) {
    if (!isAlive(server.pid)) throw new Error(`Spark ${server.line} ended at once:\n${tail(server.log)}`)
    if (await isListening(server.port)) return
    await sleep(250)
  }
  throw new Error(`Spark ${server.line} was not ready after 120 s:\n${tail(server.log)}`)
}

/**
 * Returns the running Spark Connect server of a line, or installs and starts it: two cores, 3 GiB of heap, in-memory
 * session catalog. The server keeps running for others until `stopSparkConnect`; a server that died or was started
 * with other settings is replaced. Callers in several processes share one server of a name; another name than the line's
 * gives a server for tests that do it harm.
 */
export async function startSparkConnect(line: SparkLine, name: string = line): Promise<SparkConnectServer> {
  const missing = missingSparkConnect()
  if (missing !== undefined) throw new Error(`A local Spark ${missing}`)
  using _ = await holdLock(join(folder, `${name}.lock`))
  const { home, jars } = await install(line)
  const command = [
    '--class=org.apache.spark.sql.connect.service.SparkConnectServer',
    `--name=SecureCart Spark ${name}`,
    '--master=local[2]',
    '--driver-memory=3g',
    ...(jars.length === 0 ? [] : ['--jars', jars.join(',')]),
    ...settings(name).flatMap((setting) => ['--conf', setting]),
  ]
  const found = await running(name)
  if (found !== undefined && JSON.stringify(found.command) === JSON.stringify(command)) return found
  await stopSparkConnect(name)
  mkdirSync(join(folder, name), { recursive: true })
  const port = await freePort(name === line ? sparkLines[line].port : 0)
  const log = join(folder, `${name}.log`)
  const output = openSync(log, 'w')
  const child = spawn(
    join(home, 'bin', 'spark-submit'),
    [...command, '--conf', `spark.connect.grpc.binding.port=${port}`],
    {
      cwd: join(folder, name),
      detached: true,
      env: { ...process.env, SPARK_HOME: home, SPARK_LOCAL_IP: '127.0.0.1' },
      stdio: ['ignore', output, output],
    },
  )
  child.unref()
  const server = { line, url: `sc://localhost:${port}`, port, pid: child.pid ?? 0, log }
  writeFileSync(stateFile(name), JSON.stringify({ ...server, command } satisfies State, null, 2))
  await untilReady(server)
  return server
}

/** Ends the running server of a name; says whether there was one. */
export async function stopSparkConnect(name: string): Promise<boolean> {
  if (!existsSync(stateFile(name))) return false
  const { pid } = JSON.parse(readFileSync(stateFile(name), 'utf8')) as State
  rmSync(stateFile(name), { force: true })
  if (!isAlive(pid)) return false
  process.kill(pid, 'SIGTERM')
  for (let waited = 0; waited < 20_000 && isAlive(pid); waited += 100) await sleep(100)
  if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  return true
}
