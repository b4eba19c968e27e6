import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { compareExpected } from '../conformance/shop/compare-expected.ts'
import { seconds } from '../packages/etl/src/cli/output.ts'
import type { RunReport } from '../packages/etl/src/run/report.ts'
import type { Place } from './shop/place.ts'
import { printEqual, printRun, title } from './shop/print.ts'
import { printResults } from './shop/results.ts'
import { runSecurecart, Stopped } from './shop/securecart.ts'
import { compareDelivered, reconcile } from './shop/services/compare.ts'
import { printConnections, printEnd, printTargets, projectOptions } from './shop/services/print.ts'
import {
  composeServers,
  missingServers,
  type ShopServers,
  silentServers,
  startServers,
} from './shop/services/servers.ts'
import { openShopServices, parts, type ShopServices } from './shop/services/shop-services.ts'

const root = path.resolve(import.meta.dirname, '..')

const usage = `npm run shop:services [-- --orders N --seed S --keep --compose --data DIR --lake DIR]

Runs examples/shop from running systems: orders in MariaDB, customers in DynamoDB Local, partners behind an HTTP API; and
delivers into PostgreSQL. Eleven parts of the shop's year, a run, the twelfth part, and a run that reads what is new. The
answers are compared in the lake and in PostgreSQL. The servers are private ones, and gone afterwards.
  --orders N  number of orders (default 10000); one gives about three items and ten clicks
  --seed S    the same seed gives the same bytes (default 7)
  --keep      let the servers run until Ctrl-C, and say how to connect
  --compose   use the servers of compose.yaml (docker compose up --wait), which go on running
  --data DIR  folder of the raw data (default examples/shop/data/services); what is in its raw/ and expected/ is replaced
  --lake DIR  folder of the lake (default examples/shop/lake-services); replaced as well
`

interface Wanted {
  readonly place: Place
  readonly keep: boolean
  readonly compose: boolean
}

function wantedBy(args: readonly string[]): Wanted | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      orders: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '7' },
      data: { type: 'string', default: path.join(root, 'examples/shop/data/services') },
      lake: { type: 'string', default: path.join(root, 'examples/shop/lake-services') },
      keep: { type: 'boolean', default: false },
      compose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const orders = Number(values.orders)
  if (!Number.isInteger(orders) || orders < 1)
    throw new Error(`--orders takes a whole number, not "${values.orders}"`)
  const [data, lake] = [path.resolve(values.data), path.resolve(values.lake)]
  return {
    place: { root, orders, seed: values.seed, data, lake },
    keep: values.keep,
    compose: values.compose,
  }
}

/** Removes what an earlier call left: the new servers know nothing of it. Fails when the folder is something else. */
async function clear({ data, lake }: Place): Promise<void> {
  for (const part of ['expected', 'raw']) await rm(path.join(data, part), { recursive: true, force: true })
  if (existsSync(lake) && !existsSync(path.join(lake, 'catalog.db')))
    throw new Error(`${lake} is no lake; name another folder with --lake`)
  await rm(lake, { recursive: true, force: true })
}

/** Prints how long something takes. Ctrl-C ends the wait for it. */
async function timed<T>(what: string, work: Promise<T>): Promise<T> {
  const started = performance.now()
  const stopped = once(process, 'SIGINT').then(() => {
    throw new Stopped('Stopped.', 130)
  })
  const done = await Promise.race([work, stopped])
  console.log(`${what.padEnd(46)} ${seconds(performance.now() - started)}`)
  return done
}

async function runShop(services: ShopServices, place: Place, name: string): Promise<boolean> {
  const args = ['run', ...projectOptions(services, place), '--json']
  const report = JSON.parse(await runSecurecart(place, args, { ...services.secrets })) as RunReport
  title(name)
  printRun(place, report)
  printTargets(report)
  return report.outcome === 'done'
}

function whatIsMissing(): string | undefined {
  const missing = missingServers()
  return missing.length === 0
    ? undefined
    : `Not installed here: ${missing.join('; ')}.\nOr with Docker: docker compose up --wait && npm run shop:services -- --compose`
}

async function whatIsSilent(): Promise<string | undefined> {
  const silent = await silentServers()
  return silent.length === 0
    ? undefined
    : `Nothing answers for ${silent.join(', ')}.\nThey are brought up by: docker compose up --wait`
}

async function main({ place, keep, compose }: Wanted): Promise<number> {
  const started = performance.now()
  const lacking = compose ? await whatIsSilent() : whatIsMissing()
  if (lacking !== undefined) {
    console.error(lacking)
    return 1
  }
  await clear(place)
  title(`SecureCart's systems: ${place.orders.toLocaleString('en-US')} orders, seed ${place.seed}`)
  await using opened = new AsyncDisposableStack()
  const scratch = await mkdtemp(path.join(tmpdir(), 'securecart-shop-'))
  // However this process ends: also when the reader of its output has seen enough.
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
  const servers: ShopServers = compose
    ? composeServers
    : opened.use(await timed('MariaDB, PostgreSQL, DynamoDB Local started', startServers()))
  const data = { folder: place.data, orders: place.orders, seed: place.seed }
  const services = opened.use(
    await timed('Databases, accounts and the partner API made', openShopServices(servers, data, scratch)),
  )

  await timed('January to November happened in them', services.deliver(1, parts - 1))
  if (!(await runShop(services, place, 'The first run reads everything'))) return 1
  title('Does PostgreSQL say what MariaDB says?')
  const first = printEqual(await reconcile(services, scratch), 'answers of PostgreSQL equal those of MariaDB')

  title('The shop goes on')
  await timed('December: orders, changes, deletions', services.deliver(parts, parts))
  if (!(await runShop(services, place, 'The second run reads what is new'))) return 1
  title('Are the answers right?')
  const expected = path.join(place.data, 'expected')
  const checks = [
    printEqual(await reconcile(services, scratch), 'answers of PostgreSQL equal those of MariaDB'),
    printEqual(await compareExpected(place.lake, expected), 'tables of the lake equal the expected answers'),
    printEqual(
      await compareDelivered(services, expected, scratch),
      'tables of PostgreSQL equal the expected answers',
    ),
  ]
  console.log('The generator wrote the expected answers from its own model; it asked no database.')
  await printResults(place)
  printEnd(place, performance.now() - started)
  if (keep) {
    printConnections(services, servers, place)
    console.log('\nCtrl-C ends the servers.')
    await once(process, 'SIGINT')
  }
  return first && checks.every(Boolean) ? 0 : 1
}

// A reader that has seen enough (`| head`) closes the pipe; that is no failure.
process.stdout.once('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

// Ctrl-C reaches the programs that are called on the way as well; their failures are its doing.
let isInterrupted = false
process.once('SIGINT', () => (isInterrupted = true))

let code: number
try {
  const wanted = wantedBy(process.argv.slice(2))
  if (wanted === undefined) console.log(usage)
  code = wanted === undefined ? 0 : await main(wanted)
} catch (error) {
  const stopped = isInterrupted ? new Stopped('Stopped.', 130) : error
  console.error(stopped instanceof Error ? stopped.message : stopped)
  code = stopped instanceof Stopped ? stopped.exitCode : 2
}
// What Ctrl-C left half done would go on.
process.exit(code)
