import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type SparkConnectServer,
  startSparkConnect,
  stopSparkConnect,
} from '../../tools/peers/spark-connect.ts'
import { begin, type Lane, note, openLane } from '../crash/lane.ts'
import { compareWithOracle } from '../crash/oracle.ts'
import { type Ended, endWithin, type Running } from '../crash/process.ts'
import { unreadable } from '../crash/readable.ts'
import { describeFindings, seedFor } from '../crash/report.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { isSkipped, skipTitle } from './lines.ts'

const kills = Number(process.env['SPARK_KILLS'] ?? 5)
const seed = seedFor('SPARK_KILL_SEED')
/** The name of a server that nobody else uses. */
const name = 'kills'
const minutes = 60_000
/** A run that is let to end must do so within this time, a server's first statements included. */
const stuckMs = 4 * minutes

/** How long a run on each engine took when it last came to its end. */
const usualMs = new Map([
  ['DuckDB', 1500],
  ['Spark', 10_000],
])

interface Host {
  readonly server: SparkConnectServer
  readonly proxy: FaultProxy
}

/** What a run may be hit by. */
type Victim = 'client' | 'server' | 'connection'

/** The server, started anew when it is dead, behind a proxy that stays and can cut connections. */
function hosting() {
  let server: SparkConnectServer | undefined
  let proxy: FaultProxy | undefined
  return {
    get: async (): Promise<Host> => {
      server = await startSparkConnect('4.1', name)
      proxy ??= await startFaultProxy(() => server?.port ?? 0)
      return { server, proxy }
    },
    end: async (): Promise<void> => {
      await proxy?.[Symbol.asyncDispose]()
      await stopSparkConnect(name)
    },
  }
}

const hosts = hosting()

const sparkArguments = ({ proxy }: Host): readonly string[] => [
  '--engine',
  'spark',
  '--spark',
  `sc://localhost:${proxy.port}`,
]

/** Kills the victim; says whether anything was hit. */
async function hit(lane: Lane, victim: Victim, running: Running, host: Host | undefined): Promise<boolean> {
  const { random } = lane
  if (victim === 'connection' && host !== undefined) {
    const cuts = () => host.proxy.cuts
    const before = cuts()
    const how = random.pick(['reset', 'end'] as const)
    host.proxy.give({
      of: random.pick(['answers', 'requests'] as const),
      afterBytes: random.below(4_000),
      how,
    })
    await running.ended
    return cuts() > before
  }
  if (victim === 'server' && host !== undefined) {
    process.kill(host.server.pid, 'SIGKILL')
    // As a service does; the new one knows nothing of the run's session.
    await hosts.get()
    return true
  }
  return running.child.kill('SIGKILL')
}

/** A run whose server or connection was killed may fail by an error of the engine, and in no other way. */
function judge(lane: Lane, victim: Victim, ended: Ended | 'too long'): void {
  if (ended === 'too long')
    lane.found.stuck.push(`a run whose ${victim} was killed took longer than ${stuckMs} ms`)
  else if (ended.code === 0) note(lane, `run ended well although its ${victim} was killed`)
  else if (!ended.killed && !/"code": "(engine|run|connection)\./.test(ended.stdout))
    lane.found.stuck.push(`${victim} killed: ${ended.stdout} ${ended.stderr}`)
}

async function killOne(lane: Lane, victim: Victim, host: Host | undefined): Promise<void> {
  const engine = host === undefined ? 'DuckDB' : 'Spark'
  const running = begin(lane, 'run')
  const usual = usualMs.get(engine) ?? 1000
  await Promise.race([sleep(lane.random.next() * usual), running.ended])
  const wasHit = await hit(lane, victim, running, host)
  const ended = await endWithin(running, stuckMs)
  if (wasHit && (victim !== 'client' || (ended !== 'too long' && ended.killed))) {
    lane.found.kills += 1
    note(lane, `${victim} killed in a run on ${engine}`)
  } else note(lane, `run on ${engine} ended before its ${victim} was killed`)
  judge(lane, victim, ended)
  if (ended !== 'too long' && ended.code === 0) usualMs.set(engine, ended.ms)
}

async function settle(lane: Lane): Promise<void> {
  const ended = await endWithin(begin(lane, 'run'), stuckMs)
  if (ended === 'too long') lane.found.stuck.push(`a run took longer than ${stuckMs} ms`)
  else if (ended.code !== 0) lane.found.stuck.push(`run: ${ended.stdout} ${ended.stderr}`)
  const { differences, rows } = await compareWithOracle(lane.lake, lane.data, lane.version)
  lane.found.differences.push(...differences)
  lane.found.compared += 1
  lane.found.rows += rows
  process.stdout.write(`${lane.found.kills} of ${kills} kills, ${rows} rows compared\n`)
}

describe.skipIf(isSkipped)(`kills beside Spark${skipTitle}`, () => {
  afterAll(() => hosts.end(), minutes)

  test(
    `after ${kills} kills of clients, servers and connections (seed ${seed}) nothing is lost, repeated, stuck or unreadable`,
    async () => {
      let engine: readonly string[] = []
      const lane = await openLane({ seed, kills, firstFiles: 6, engine: () => engine })
      const { found, random } = lane
      const wrong = () => found.differences.length + found.unreadable.length + found.stuck.length
      const choose = async (spark: boolean): Promise<Host | undefined> => {
        const host = spark ? await hosts.get() : undefined
        engine = host === undefined ? [] : sparkArguments(host)
        return host
      }
      try {
        for (let rounds = 0; found.kills < kills && wrong() === 0; rounds++) {
          if (rounds > kills * 4) throw new Error('too little could be killed')
          await lane.deliveries.orders(20 + random.below(60))
          if (random.chance(0.5)) await lane.deliveries.clicks(20 + random.below(60))
          const host = await choose(random.chance(0.8))
          const victims = ['client', 'server', 'connection', 'connection'] as const
          await killOne(lane, host === undefined ? 'client' : random.pick<Victim>(victims), host)
          found.unreadable.push(...(await unreadable(lane.lake)))
          if (random.chance(1 / 5)) {
            await choose(random.chance(0.5))
            await settle(lane)
          }
        }
        if (wrong() === 0) {
          await choose(false)
          await settle(lane)
        }
      } finally {
        process.stdout.write(describeFindings(`kills beside Spark, seed ${seed}`, [found]))
        if (process.env['CRASH_KEEP'] === undefined) await rm(lane.folder, { recursive: true, force: true })
      }
      expect(found.differences).toEqual([])
      expect(found.unreadable).toEqual([])
      expect(found.stuck).toEqual([])
      expect(found.kills).toBeGreaterThanOrEqual(kills)
      expect(found.compared > 0 && found.rows > 0).toBe(true)
    },
    60 * minutes,
  )
})
