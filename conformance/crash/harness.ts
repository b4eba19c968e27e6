import { type FSWatcher, watch } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLake, removeOrphans } from '../../packages/etl/src/lake/index.ts'
import { type Deliveries, openDeliveries } from './deliver.ts'
import { type Installed, install } from './installed.ts'
import { compareWithOracle, type Difference, type Version } from './oracle.ts'
import { type Ended, endWithin, type Running, start } from './process.ts'
import { type Random, randomFrom } from './random.ts'
import { unreadable } from './readable.ts'

/** What a lane of kills found. */
export interface Findings {
  kills: number
  /** Comparisons with the oracle after a run that was let to end. */
  compared: number
  /** Rows compared. */
  rows: number
  /** Kills by command and moment, and other things that happened. */
  readonly counts: Map<string, number>
  readonly differences: Difference[]
  readonly unreadable: string[]
  readonly stuck: string[]
}

export interface LaneOptions {
  readonly seed: number
  readonly kills: number
  /** Rounds between comparisons, on average. */
  readonly compareEvery?: number
  /** Files of clicks before the first run; 220 outgrow the room for positions in a snapshot's summary. */
  readonly firstFiles?: number
  /** Plants a fault into the copy of the package. */
  readonly plant?: (installed: Installed) => Promise<void>
  /** Stops at the first finding. */
  readonly stopAtFinding?: boolean
}

type Command = 'run' | 'maintain'
type Moment = 'at a random moment' | 'when files appeared' | 'at a step'

/** A run that is let to end must do so within this time, however busy the machine. */
const stuckMs = 60_000

interface Lane {
  readonly random: Random
  readonly folder: string
  readonly lake: string
  readonly data: string
  readonly installed: Installed
  readonly deliveries: Deliveries
  readonly found: Findings
  /** Durations and steps of the last command of each kind that came to its end. */
  readonly lastMs: Map<Command, number>
  readonly lastSteps: Map<Command, number>
  version: Version
}

const wrong = (found: Findings): number =>
  found.differences.length + found.unreadable.length + found.stuck.length

function note(lane: Lane, what: string, times = 1): void {
  lane.found.counts.set(what, (lane.found.counts.get(what) ?? 0) + times)
}

/** What a report of maintenance counts. */
const maintained = [
  ['compactedFiles', 'files compacted'],
  ['expiredSnapshots', 'snapshots expired'],
  ['removedFiles', 'files removed by maintenance'],
] as const

function argumentsOf(lane: Lane, command: Command): readonly string[] {
  const common = ['--lake', lane.lake, '--threads', '1', '--memory', '512MB', '--json']
  if (command === 'maintain')
    return ['maintain', ...common, '--older-than', '0s', '--keep', '1', '--orphans-older-than', '0s']
  const variables = ['--var', `data=${lane.data}`, '--var', `version=${lane.version}`]
  return ['run', '--project', lane.installed.project, ...common, ...variables, '--concurrency', '2']
}

const begin = (lane: Lane, command: Command, step?: number): Running =>
  start(lane.installed.cli, argumentsOf(lane, command), step)

/** Opens a lane: a lake of its own, first deliveries and a first run. */
async function openLane(options: LaneOptions): Promise<Lane> {
  const folder = await mkdtemp(path.join(tmpdir(), 'crash-'))
  const random = randomFrom(options.seed)
  const installed = await install(folder)
  await options.plant?.(installed)
  const data = path.join(folder, 'data')
  const deliveries = await openDeliveries(data, random)
  for (let i = 0; i < (options.firstFiles ?? 220); i++) await deliveries.clicks(3)
  await deliveries.orders(200)
  const found: Findings = {
    kills: 0,
    compared: 0,
    rows: 0,
    counts: new Map(),
    differences: [],
    unreadable: [],
    stuck: [],
  }
  return {
    random,
    folder,
    lake: path.join(folder, 'lake'),
    data,
    installed,
    deliveries,
    found,
    lastMs: new Map([
      ['run', 1500],
      ['maintain', 800],
    ]),
    lastSteps: new Map([
      ['run', 100],
      ['maintain', 50],
    ]),
    version: 'first',
  }
}

/** Kills a process when the n-th file of a table's metadata or a change of the catalog appears. */
async function killWhenFilesAppear(lane: Lane, running: Running): Promise<void> {
  let left = 1 + lane.random.below(20)
  const watchers: FSWatcher[] = []
  const seen = (): void => {
    left -= 1
    if (left === 0) running.child.kill('SIGKILL')
  }
  const folders = await readdir(lane.lake, { recursive: true, withFileTypes: true }).catch(() => [])
  const metadata = folders.filter((f) => f.isDirectory() && f.name === 'metadata')
  for (const folder of [lane.lake, ...metadata.map((f) => path.join(f.parentPath, f.name))]) {
    try {
      watchers.push(watch(folder, seen))
    } catch {
      // A folder that is not there yet shows nothing.
    }
  }
  await running.ended
  for (const watcher of watchers) watcher.close()
}

/** Remembers how long a command that came to its end took, and what maintenance did. */
function learn(lane: Lane, command: Command, ended: Ended): void {
  if (ended.killed) return
  for (const [key, what] of maintained)
    for (const [, n] of ended.stdout.matchAll(new RegExp(`"${key}": (\\d+)`, 'g')))
      note(lane, what, Number(n))
  lane.lastMs.set(command, ended.ms)
  const steps = /steps: (\d+)/.exec(ended.stderr)
  if (steps !== null) lane.lastSteps.set(command, Number(steps[1]))
}

/** Runs a command and kills it at a moment of a kind. */
async function killOne(lane: Lane, command: Command, moment: Moment): Promise<void> {
  const { random } = lane
  let ended: Ended
  if (moment === 'at a step') {
    const running = begin(lane, command, 1 + random.below(lane.lastSteps.get(command) ?? 100))
    ended = await running.ended
  } else {
    const running = begin(lane, command)
    if (moment === 'when files appeared') await killWhenFilesAppear(lane, running)
    else {
      await Promise.race([sleep(random.next() * (lane.lastMs.get(command) ?? 1000)), running.ended])
      running.child.kill('SIGKILL')
    }
    ended = await running.ended
  }
  learn(lane, command, ended)
  if (ended.killed) {
    lane.found.kills += 1
    note(lane, `${command} killed ${moment}`)
    const step = /died before: (.*)/.exec(ended.stderr)
    if (step !== null) note(lane, `died before ${step[1]}`)
  } else note(lane, `${command} ended before its kill`)
}

/** Codes with which one of two processes at work on a table may give up. */
const yields = ['lake.fenced', 'lake.conflict', 'lake.missing-file']

function judgeRival(lane: Lane, ended: Ended | 'too long', what: string): void {
  if (ended === 'too long') lane.found.stuck.push(`${what} took longer than ${stuckMs} ms`)
  else if (ended.code === 0) note(lane, `${what}: done`)
  else if (!ended.killed) {
    const code = yields.find((c) => ended.stdout.includes(c))
    if (code === undefined) lane.found.stuck.push(`${what}: ${ended.stdout} ${ended.stderr}`)
    else note(lane, `${what}: ${code}`)
  }
}

/** Two runs at once create the tables; neither is killed. */
async function createTwice(lane: Lane): Promise<void> {
  const runs = [begin(lane, 'run'), begin(lane, 'run')]
  for (const run of runs) judgeRival(lane, await endWithin(run, stuckMs), 'one of two first runs')
}

/** Two processes at once; one of them is killed. */
async function killOneOfTwo(lane: Lane): Promise<void> {
  const { random } = lane
  const other = random.pick<Command>(['run', 'run', 'maintain'])
  const victim = begin(lane, 'run')
  await sleep(random.next() * 300)
  const rival = begin(lane, other)
  await Promise.race([sleep(random.next() * (lane.lastMs.get('run') ?? 1000) * 1.5), victim.ended])
  victim.child.kill('SIGKILL')
  const ended = await victim.ended
  if (ended.killed) {
    lane.found.kills += 1
    note(lane, `run killed beside a ${other}`)
  }
  judgeRival(lane, await endWithin(rival, stuckMs), `${other} beside a killed run`)
}

/** A run is stopped, another one overtakes it, the first one goes on. */
async function overtake(lane: Lane): Promise<void> {
  const { random } = lane
  const slow = begin(lane, 'run')
  await Promise.race([sleep(random.next() * (lane.lastMs.get('run') ?? 1000)), slow.ended])
  slow.child.kill('SIGSTOP')
  const fast = begin(lane, 'run')
  // A process stopped while it holds the catalog would keep the other one waiting.
  await Promise.race([fast.ended, sleep(6000)])
  slow.child.kill('SIGCONT')
  if (random.chance(0.4)) {
    await sleep(random.next() * 200)
    if (slow.child.kill('SIGKILL') && (await slow.ended).killed) {
      lane.found.kills += 1
      note(lane, 'run killed after it was overtaken')
    }
  } else judgeRival(lane, await endWithin(slow, stuckMs), 'overtaken run')
  judgeRival(lane, await endWithin(fast, stuckMs), 'overtaking run')
}

async function look(lane: Lane): Promise<void> {
  lane.found.unreadable.push(...(await unreadable(lane.lake)))
}

/** Lets a run (and sometimes maintenance) end, and compares all tables with the delivered files. */
async function settle(lane: Lane): Promise<void> {
  const commands: Command[] = lane.random.chance(0.3) ? ['maintain', 'run'] : ['run']
  if (lane.random.chance(0.2)) commands.push('maintain')
  for (const command of commands) {
    const ended = await endWithin(begin(lane, command), stuckMs)
    if (ended === 'too long') lane.found.stuck.push(`${command} took longer than ${stuckMs} ms`)
    else if (ended.code !== 0) lane.found.stuck.push(`${command}: ${ended.stdout} ${ended.stderr}`)
    else learn(lane, command, ended)
  }
  const { differences, rows } = await compareWithOracle(lane.lake, lane.data, lane.version)
  lane.found.differences.push(...differences)
  lane.found.compared += 1
  lane.found.rows += rows
}

async function round(lane: Lane): Promise<void> {
  const { random } = lane
  if (random.chance(0.6)) await lane.deliveries.orders(20 + random.below(60))
  if (random.chance(0.6)) await lane.deliveries.clicks(20 + random.below(60))
  if (random.chance(0.12)) {
    lane.version = lane.version === 'first' ? 'second' : 'first'
    note(lane, 'schema changed')
  }
  const choice = random.next()
  if (choice < 0.08) await killOneOfTwo(lane)
  else if (choice < 0.14) await overtake(lane)
  else {
    const moments: readonly [Moment, ...Moment[]] = ['at a random moment', 'when files appeared', 'at a step']
    await killOne(lane, choice < 0.4 ? 'maintain' : 'run', random.pick(moments))
  }
  await look(lane)
}

/** What dead processes left behind although maintenance came to its end and nothing runs. */
async function leftovers(lane: Lane): Promise<readonly string[]> {
  const ended = await endWithin(begin(lane, 'maintain'), stuckMs)
  if (ended === 'too long' || ended.code !== 0) return ['the last maintenance did not end']
  const scratch = await readdir(path.join(lane.lake, '.scratch')).catch(() => [])
  const left = scratch.map((name) => `left in .scratch: ${name}`)
  await using lake = await openLake({ folder: lane.lake })
  for (const table of await lake.tables()) {
    const orphans = await removeOrphans(lake, table, { olderThanMs: -1000, dryRun: true })
    left.push(...orphans.map((file) => `left in ${table}: ${file}`))
  }
  return left
}

/** Kills processes of a project until enough were killed, or something is wrong. */
export async function killLane(options: LaneOptions): Promise<Findings> {
  const lane = await openLane(options)
  const { found } = lane
  try {
    if (lane.random.chance(0.5)) await createTwice(lane)
    for (let rounds = 0; found.kills < options.kills; rounds++) {
      await round(lane)
      if (lane.random.chance(1 / (options.compareEvery ?? 6))) await settle(lane)
      if (wrong(found) > 0 && options.stopAtFinding !== false) break
      if (rounds > options.kills * 4) throw new Error('too few processes could be killed')
    }
    if (wrong(found) === 0) await settle(lane)
    if (wrong(found) === 0) found.stuck.push(...(await leftovers(lane)))
  } finally {
    if (process.env['CRASH_KEEP'] === undefined) await rm(lane.folder, { recursive: true, force: true })
    else process.stderr.write(`kept ${lane.folder}\n`)
  }
  return found
}
