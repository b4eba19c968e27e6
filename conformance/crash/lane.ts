import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Deliveries, openDeliveries } from './deliver.ts'
import { type Installed, install } from './installed.ts'
import type { Difference, Version } from './oracle.ts'
import { type DeathStep, type Ended, type Running, start } from './process.ts'
import { type Random, randomFrom } from './random.ts'

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
  /** Kills runs at steps only, without schema changes: the moments at which a misplaced commit shows. */
  readonly focused?: boolean
  /** Plants a fault into the copy of the package. */
  readonly plant?: (installed: Installed) => Promise<void>
  /** Stops at the first finding. */
  readonly stopAtFinding?: boolean
  /** More arguments of each run, by which it chooses its engine. */
  readonly engine?: () => readonly string[]
}

export type Command = 'run' | 'maintain'
/** A run that is let to end must do so within this time, however busy the machine. */
export const stuckMs = 60_000

/** A lake of its own with its processes, deliveries and findings. */
export interface Lane {
  readonly random: Random
  readonly folder: string
  readonly lake: string
  readonly data: string
  readonly installed: Installed
  readonly deliveries: Deliveries
  readonly engine: () => readonly string[]
  readonly found: Findings
  /** Duration of the last command of each kind that came to its end. */
  readonly lastMs: Map<Command, number>
  /** The most steps that commands of each kind took lately. */
  readonly mostSteps: Map<Command, { readonly steps: number; readonly commits: number }>
  version: Version
}

/** Counts something that happened. */
export function note(lane: Lane, what: string, times = 1): void {
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
  return [
    'run',
    '--project',
    lane.installed.project,
    ...common,
    ...variables,
    '--concurrency',
    '2',
    ...lane.engine(),
  ]
}

/** Starts a command on the lake of a lane. */
export const begin = (lane: Lane, command: Command, death?: DeathStep): Running =>
  start(lane.installed.cli, argumentsOf(lane, command), death)

/** Opens a lane: a lake of its own, first deliveries and a copy of the package. */
export async function openLane(options: LaneOptions): Promise<Lane> {
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
    engine: options.engine ?? (() => []),
    found,
    lastMs: new Map([
      ['run', 1500],
      ['maintain', 800],
    ]),
    mostSteps: new Map([
      ['run', { steps: 200, commits: 12 }],
      ['maintain', { steps: 150, commits: 20 }],
    ]),
    version: 'first',
  }
}

/** Remembers how long a command that came to its end took, and what maintenance did. */
export function learn(lane: Lane, command: Command, ended: Ended): void {
  if (ended.killed) return
  for (const [key, what] of maintained)
    for (const [, n] of ended.stdout.matchAll(new RegExp(`"${key}": (\\d+)`, 'g')))
      note(lane, what, Number(n))
  lane.lastMs.set(command, ended.ms)
  const said = /steps: (\d+), commits: (\d+)/.exec(ended.stderr)
  if (said === null) return
  // A run that found nothing to do must not make all later ones die before their first commit.
  const { steps, commits } = lane.mostSteps.get(command) ?? { steps: 1, commits: 1 }
  lane.mostSteps.set(command, {
    steps: Math.max(Number(said[1]), Math.ceil(steps * 0.8)),
    commits: Math.max(Number(said[2]), Math.ceil(commits * 0.8)),
  })
}
