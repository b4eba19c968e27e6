import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { openLake, removeOrphans } from '../../packages/etl/src/lake/index.ts'
import { createTwice, killOne, killOneOfTwo, type Moment, overtake } from './kills.ts'
import {
  begin,
  type Command,
  type Findings,
  type Lane,
  type LaneOptions,
  learn,
  note,
  openLane,
  stuckMs,
} from './lane.ts'
import { compareWithOracle } from './oracle.ts'
import { endWithin } from './process.ts'
import { unreadable } from './readable.ts'

const wrong = (found: Findings): number =>
  found.differences.length + found.unreadable.length + found.stuck.length

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

async function round(lane: Lane, focused: boolean): Promise<void> {
  const { random } = lane
  if (random.chance(0.6)) await lane.deliveries.orders(20 + random.below(60))
  if (random.chance(0.6)) await lane.deliveries.clicks(20 + random.below(60))
  if (focused) {
    await killOne(lane, 'run', 'at a step')
    return look(lane)
  }
  if (random.chance(0.12)) {
    lane.version = lane.version === 'first' ? 'second' : 'first'
    note(lane, 'schema changed')
  }
  const choice = random.next()
  // Maintenance refuses a lake that no run has begun.
  const maintainable = existsSync(lane.lake)
  if (choice < 0.1 && maintainable) await killOneOfTwo(lane)
  else if (choice < 0.16) await overtake(lane)
  else {
    const moments = ['at a random moment', 'when files appeared', 'at a step', 'at a step'] as const
    await killOne(lane, choice < 0.42 && maintainable ? 'maintain' : 'run', random.pick<Moment>(moments))
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
      await round(lane, options.focused ?? false)
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
