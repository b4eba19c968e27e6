import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { missingMariadb } from '../tools/peers/mariadb.ts'
import { seconds } from './against-control.ts'
import type { BenchContext, Finding } from './finding.ts'
import { inTurn, measure, type Sample } from './measure.ts'
import { type Peer, peers } from './mysql/peers.ts'
import { startSource } from './mysql/source.ts'
import { type Checksum, checksumOf, checksumOfFiles } from './mysql/verify.ts'

const root = path.resolve(import.meta.dirname, '..')
const rows = Number(process.env['BENCH_MYSQL_ROWS'] ?? 5_000_000)

const mebibytes = (sample: Sample): string => `${Math.round(sample.peakBytes / 2 ** 20)} MiB`

interface Table {
  readonly port: number
  readonly expected: Checksum
}

/** Runs a tool, and throws when the rows that it left are others than the table's. */
async function checked(
  name: string,
  { expected }: Table,
  run: { readonly command: readonly string[]; readonly files: string; readonly folder: string },
): Promise<Sample> {
  rmSync(run.folder, { recursive: true, force: true })
  mkdirSync(run.folder, { recursive: true })
  const sample = await measure(run.command)
  if (!sample.ok) throw new Error(`${name} failed:\n${sample.output}`)
  const found = await checksumOfFiles(run.files)
  if (found.rows !== expected.rows || found.sums !== expected.sums)
    throw new Error(`${name} has other rows: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`)
  console.error(`  ${name}: ${seconds(sample.ms)}, ${mebibytes(sample)}`)
  return sample
}

interface Measured {
  readonly name: string
  readonly ms: number
  readonly again: () => Promise<Sample>
}

async function measurePeer(peer: Peer, table: Table, c: BenchContext): Promise<Measured | undefined> {
  const folder = path.join(c.work, 'peer')
  try {
    const prepared = await peer.prepare(table.port, folder, rows)
    const again = (): Promise<Sample> => checked(peer.name, table, { ...prepared, folder })
    return { name: peer.name, ms: (await again()).ms, again }
  } catch (error) {
    console.error(`  ${peer.name} is left out: ${(error as Error).message}`)
    return undefined
  }
}

/** A wide table of MariaDB into a lake of Parquet files, against the fastest of the peers that run here. */
export async function mysql(c: BenchContext): Promise<readonly Finding[]> {
  const missing = missingMariadb()
  if (missing !== undefined) {
    console.error(`mysql: ${missing}`)
    return []
  }
  await using server = await startSource(path.join(root, 'bench', '.cache'), rows)
  const table: Table = { port: server.port, expected: checksumOf(server.socketPath) }
  const folder = path.join(c.work, 'mysql-lake')
  const project = path.join(root, 'bench', 'mysql', 'project')
  const run = [process.execPath, path.join(root, 'packages', 'etl', 'bin', 'securecart.js'), 'run', '--quiet']
  const command = [
    ...run,
    '--memory',
    '256MB',
    '--project',
    project,
    '--lake',
    folder,
    '--var',
    `port=${server.port}`,
  ]
  const ours = (): Promise<Sample> =>
    checked('ours', table, { command, folder, files: `${folder}/raw/orders/data/*/*.parquet` })
  const measured: Measured[] = []
  for (const peer of peers()) {
    const one = await measurePeer(peer, table, c)
    if (one !== undefined) measured.push(one)
  }
  const [fastest] = measured.toSorted((a, b) => a.ms - b.ms)
  const result = await inTurn(c.rounds, ours, fastest?.again ?? ours)
  const memory: Finding = {
    budget: 'MySQL to lake: peak memory, MiB',
    value: result.ours.peakBytes / 2 ** 20,
    detail: `${rows.toLocaleString('en-US')} rows of 26 columns in ${seconds(result.ours.ms)}`,
  }
  if (fastest === undefined) return [memory]
  const others = measured.map((m) => `${m.name} ${seconds(m.ms)}`).join('; ')
  const detail = `${seconds(result.ours.ms)} against ${seconds(result.control.ms)} of ${fastest.name} (first runs: ${others})`
  return [{ budget: 'MySQL to lake: time against the fastest peer', value: result.time, detail }, memory]
}
