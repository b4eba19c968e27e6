import path from 'node:path'
import { againstControl, seconds } from './against-control.ts'
import { missingSparkConnect, startSparkConnect } from '../tools/peers/spark-connect.ts'
import { type Sample, inTurn, measure, median } from './measure.ts'
import type { BenchContext, Finding } from './finding.ts'
import { mysql } from './mysql.ts'
import { warehouse } from './warehouse.ts'

const root = path.resolve(import.meta.dirname, '..')
const cli = path.join(root, 'packages', 'etl', 'bin', 'securecart.js')
const project = path.join(root, 'bench', 'project')

const ours = (...args: readonly string[]): readonly string[] => [process.execPath, cli, ...args]
const control = (name: string, c: BenchContext, out: string, memory = ''): readonly string[] => [
  process.execPath,
  path.join(root, 'bench', 'control.ts'),
  name,
  c.data,
  out,
  memory,
]

async function mustRun(command: readonly string[], clean: readonly string[] = []): Promise<Sample> {
  const sample = await measure(command, clean)
  if (!sample.ok) throw new Error(`${command.join(' ')} failed:\n${sample.output}`)
  return sample
}

/** A lake that holds the dimensions; they are not part of what is measured. */
async function lakeWithDimensions(c: BenchContext): Promise<string> {
  const lake = path.join(c.work, 'lake')
  await mustRun(ours('run', 'raw', '--project', project, '--lake', lake, '--var', `data=${c.data}`), [lake])
  return lake
}

const runTable = (
  table: string,
  lake: string,
  c: BenchContext,
  ...more: readonly string[]
): readonly string[] =>
  ours('run', table, '--full', '--project', project, '--lake', lake, '--var', `data=${c.data}`, ...more)

async function convert(c: BenchContext): Promise<readonly Finding[]> {
  const [mine, theirs] = [path.join(c.work, 'ours.parquet'), path.join(c.work, 'control.parquet')]
  const result = await inTurn(
    c.rounds,
    () => measure(ours('convert', path.join(c.data, 'orders.csv'), mine), [mine]),
    () => measure(control('sniffed', c, theirs), [theirs]),
  )
  return [againstControl('convert: time against hand-written COPY', result)]
}

async function typed(c: BenchContext): Promise<readonly Finding[]> {
  const lake = await lakeWithDimensions(c)
  const theirs = path.join(c.work, 'control.parquet')
  const result = await inTurn(
    c.rounds,
    () => measure(runTable('bench.typed', lake, c)),
    () => measure(control('text', c, theirs), [theirs]),
  )
  return [againstControl('typed and cleaned: time against all-text COPY', result)]
}

async function pipeline(c: BenchContext): Promise<readonly Finding[]> {
  const lake = await lakeWithDimensions(c)
  const theirs = path.join(c.work, 'control')
  const result = await inTurn(
    c.rounds,
    () => measure(runTable('bench.enriched', lake, c)),
    () => measure(control('pipeline', c, theirs), [theirs]),
  )
  return [
    againstControl('pipeline: time against one hand-written statement', result),
    {
      budget: 'pipeline: peak memory against one hand-written statement',
      value: result.memory,
      detail: `${Math.round(result.ours.peakBytes / 1e6)} MB against ${Math.round(result.control.peakBytes / 1e6)} MB`,
    },
  ]
}

/** The same at a limit of 512 MB: ours must finish, the hand-written statement is expected to run out of memory. */
async function pipelineInLittleMemory(c: BenchContext): Promise<readonly Finding[]> {
  const lake = await lakeWithDimensions(c)
  const theirs = path.join(c.work, 'control')
  const mine = await mustRun(runTable('bench.enriched', lake, c, '--memory', '512MB'))
  const hand = await measure(control('pipeline', c, theirs, '512MB'), [theirs])
  const outcome = hand.ok ? `finished in ${seconds(hand.ms)}` : 'ran out of memory'
  return [
    {
      budget: 'pipeline at 512 MB: failures',
      value: mine.ok ? 0 : 1,
      detail: `ours ${seconds(mine.ms)}, peak ${Math.round(mine.peakBytes / 1e6)} MB; the hand-written statement ${outcome}`,
    },
  ]
}

/**
 * The embedded engine and a local Spark: two cores, the same plan over the same files of a lake, a warm server. The orders
 * are 1 GB of CSV with `--rows 10000000`, and 5 GB with `--rows 52000000`.
 */
async function besideSpark(c: BenchContext): Promise<readonly Finding[]> {
  const missing = missingSparkConnect()
  if (missing !== undefined) {
    console.error(`spark is left out: a local Spark ${missing}`)
    return []
  }
  const lake = await lakeWithDimensions(c)
  await mustRun(runTable('bench.typed', lake, c))
  const { url } = await startSparkConnect('4.1')
  const spark = (): Promise<Sample> =>
    mustRun(runTable('bench.from_lake', lake, c, '--engine', 'spark', '--spark', url))
  await spark()
  const result = await inTurn(
    c.rounds,
    () => mustRun(runTable('bench.from_lake', lake, c, '--threads', '2')),
    spark,
  )
  return [againstControl('pipeline from the lake: time against local Spark, two cores', result)]
}

async function rowFunction(c: BenchContext): Promise<readonly Finding[]> {
  const lake = path.join(c.work, 'lake')
  await mustRun(runTable('bench.typed', lake, c), [lake])
  const result = await inTurn(
    c.rounds,
    () => measure(runTable('bench.by_function', lake, c)),
    () => measure(runTable('bench.by_expression', lake, c)),
  )
  return [againstControl('row function: time against the equal SQL expression', result)]
}

async function times(n: number, command: readonly string[]): Promise<number> {
  const samples: number[] = []
  for (let i = 0; i < n; i++) samples.push((await mustRun(command)).ms)
  return median(samples)
}

async function unchangedShop(c: BenchContext): Promise<readonly Finding[]> {
  const [data, lake] = [path.join(c.work, 'shop'), path.join(c.work, 'shop-lake')]
  await mustRun(ours('generate', 'shop', '--orders', '5000', '--seed', '1', '--out', data), [data])
  const run = ours(
    'run',
    '--project',
    path.join(root, 'examples', 'shop'),
    '--lake',
    lake,
    '--var',
    `data=${data}`,
  )
  await mustRun(run, [lake])
  const value = await times(5, run)
  return [{ budget: 'no-change run of the shop, ms', value, detail: 'whole process, 22 tables' }]
}

async function coldStart(): Promise<readonly Finding[]> {
  const value = await times(7, ours('--help'))
  return [{ budget: 'securecart --help, ms', value, detail: 'whole process' }]
}

async function planMany(): Promise<readonly Finding[]> {
  const samples: number[] = []
  for (let i = 0; i < 5; i++) {
    const { output } = await mustRun([process.execPath, path.join(root, 'bench', 'plan-500.ts')])
    samples.push(Number(output.trim()))
  }
  return [
    {
      budget: 'planning 500 tables, ms',
      value: median(samples),
      detail: 'half of them SQL; declared, typed, checked, decided',
    },
  ]
}

async function planFiles(): Promise<readonly Finding[]> {
  const sample = await mustRun([process.execPath, path.join(root, 'bench', 'lake-plan.ts')])
  return [
    {
      budget: 'one-partition plan of 100,000 files, ms',
      value: Number(/cold: (\d+) ms/.exec(sample.output)?.[1]),
      detail: 'cold',
    },
  ]
}

/** Every benchmark, in order. */
export const cases: readonly {
  readonly name: string
  readonly run: (c: BenchContext) => Promise<readonly Finding[]>
}[] = [
  { name: 'help', run: coldStart },
  { name: 'plan-500', run: planMany },
  { name: 'plan-files', run: planFiles },
  { name: 'unchanged', run: unchangedShop },
  { name: 'convert', run: convert },
  { name: 'typed', run: typed },
  { name: 'pipeline', run: pipeline },
  { name: 'little-memory', run: pipelineInLittleMemory },
  { name: 'row-function', run: rowFunction },
  { name: 'warehouse', run: warehouse },
  { name: 'mysql', run: mysql },
  { name: 'spark', run: besideSpark },
]
