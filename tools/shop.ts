import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { compareExpected } from '../conformance/shop/compare-expected.ts'
import type { Difference } from '../conformance/shop/compare-rows.ts'
import { seconds } from '../packages/etl/src/cli/output.ts'
import { type Place, rootRelative } from './shop/place.ts'
import { printNext, printRun, printVerdict, title } from './shop/print.ts'
import { printResults } from './shop/results.ts'
import { runSecurecart, Stopped } from './shop/securecart.ts'
import type { RunReport } from '../packages/etl/src/run/report.ts'

const root = path.resolve(import.meta.dirname, '..')

const usage = `npm start [-- --orders N --seed S --data DIR --lake DIR]

Makes the shop's raw data, runs examples/shop over it, compares the answers and shows them.
  --orders N  number of orders (default 50000); one gives about three items and ten clicks
  --seed S    the same seed gives the same bytes (default 7)
  --data DIR  folder of the raw data (default examples/shop/data)
  --lake DIR  folder of the lake (default examples/shop/lake)
`

function placeOf(args: readonly string[]): Place | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      orders: { type: 'string', default: '50000' },
      seed: { type: 'string', default: '7' },
      data: { type: 'string', default: path.join(root, 'examples/shop/data') },
      lake: { type: 'string', default: path.join(root, 'examples/shop/lake') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const orders = Number(values.orders)
  if (!Number.isInteger(orders) || orders < 1)
    throw new Error(`--orders takes a whole number, not "${values.orders}"`)
  return { root, orders, seed: values.seed, data: path.resolve(values.data), lake: path.resolve(values.lake) }
}

/** Whether the folder holds the whole shop of this scale and seed: its last file is there, and it says so. */
async function isMade({ data, orders, seed }: Place): Promise<boolean> {
  const description = path.join(data, 'expected', 'schema.json')
  if (!existsSync(description) || !existsSync(path.join(data, 'expected', 'rejects.csv'))) return false
  const made = JSON.parse(await readFile(description, 'utf8')) as { seed: string; orders: number }
  return made.orders === orders && made.seed === seed
}

/** Makes the raw data unless it is there; tells whether it was made. */
async function makeData(place: Place): Promise<boolean> {
  if (await isMade(place)) {
    console.log(`Raw data   ${rootRelative(place, place.data)}, made before`)
    return false
  }
  for (const part of ['expected', 'raw'])
    await rm(path.join(place.data, part), { recursive: true, force: true })
  const started = performance.now()
  const { orders, seed, data } = place
  await runSecurecart(place, [
    'generate',
    'shop',
    '--orders',
    `${orders}`,
    '--seed',
    seed,
    '--out',
    data,
    '--json',
  ])
  console.log(`Raw data   ${rootRelative(place, data)}, made in ${seconds(performance.now() - started)}`)
  return true
}

/** Brings the lake up to date; other data than before mean that every table is built anew. */
async function bringUpToDate(place: Place, anew: boolean): Promise<RunReport> {
  const where = ['--project', 'examples/shop', '--var', `data=${place.data}`, '--lake', place.lake]
  const full = anew && existsSync(place.lake) ? ['--full'] : []
  return JSON.parse(await runSecurecart(place, ['run', ...where, ...full, '--json'])) as RunReport
}

async function main(args: readonly string[]): Promise<number> {
  const place = placeOf(args)
  if (place === undefined) {
    console.log(usage)
    return 0
  }
  const started = performance.now()
  title(
    `SecureCart: a year of a shop with ${place.orders.toLocaleString('en-US')} orders, seed ${place.seed}`,
  )
  const anew = await makeData(place)
  const report = await bringUpToDate(place, anew)
  printRun(place, report)
  if (report.outcome === 'failed') return 1
  const differences: readonly Difference[] = await compareExpected(
    place.lake,
    path.join(place.data, 'expected'),
  )
  const equal = printVerdict(differences)
  await printResults(place)
  printNext(place, performance.now() - started)
  return equal ? 0 : 1
}

// A reader that has seen enough (`| head`) closes the pipe; that is no failure.
process.stdout.once('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const stopped = error instanceof Stopped
  console.error(stopped ? error.message : error instanceof Error ? error.message : error)
  process.exitCode = stopped ? error.exitCode : 2
}
