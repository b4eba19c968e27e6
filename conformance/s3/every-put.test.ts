import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mapLimited } from '../../packages/etl/src/base/map-limited.ts'
import { openLake, removeOrphans } from '../../packages/etl/src/lake/index.ts'
import { seedFor } from '../crash/report.ts'
import { type Random, randomFrom } from '../crash/random.ts'
import { type Workshop, workshopAt } from '../run/workshop.ts'
import { isChange, killAtCall, placeOf } from './kill-at-call.ts'
import { lookAt, type Sight } from './put-judge.ts'
import {
  type Act,
  type Contents,
  contentsAfter,
  deliverBig,
  deliverTo,
  type Ended,
  perform,
} from './put-project.ts'
import type { StoredObject } from './server/bucket.ts'
import type { Call } from './server/call.ts'
import type { FaultKind } from './server/fault.ts'
import { type S3Server, startS3Server } from './server/index.ts'
import { settingsOf } from './settings.ts'
import { lakeBucket } from './temporary-lake.ts'

const isFull = process.env['S3_EVERY_PUT'] === 'full'
const seed = seedFor('S3_SEED')
/** Cases beside each other: most of their time clients wait before they ask again. */
const lanes = 4
const folder = `s3://${lakeBucket}/shop`

type Objects = ReadonlyMap<string, StoredObject>

/** Something that a project's process does with a lake, and what may be seen of it. */
interface Phase {
  readonly name: string
  readonly act: Act
  readonly before: Objects
  /** What a reader may find while it is done, in order; the last is what a success leaves. */
  readonly states: readonly Contents[]
  /** What a process does afterwards, and leaves. */
  readonly next: Act
  readonly finally: Contents
  /** The calls that it makes without faults. */
  readonly calls: readonly Call[]
  /** Which of its calls are to fail. */
  readonly chosen: (call: Call) => boolean
}

interface Fault {
  readonly kind: FaultKind
  readonly times: number
}

let root: Awaited<ReturnType<typeof mkdtempDisposable>>
/** The project's folder, and those of its caches. */
let projectFolder = ''
beforeAll(async () => {
  root = await mkdtempDisposable(path.join(tmpdir(), 's3-every-put-'))
  projectFolder = root.path
})
afterAll(() => root?.remove())

/** A bucket in a state, with what one machine keeps of it. */
interface Site extends AsyncDisposable {
  readonly server: S3Server
  readonly cacheFolder: string
  /** Does something as a new process would. */
  act(act: Act): Promise<Ended>
  with<T>(task: (workshop: Workshop) => Promise<T>): Promise<T>
  look(): Promise<Sight>
}

async function openSite(objects: Objects): Promise<Site> {
  const server = await startS3Server()
  const bucket = server.makeBucket(lakeBucket)
  for (const [key, object] of objects) bucket.put(key, object)
  const cache = await mkdtempDisposable(path.join(root.path, 'cache-'))
  const s3 = settingsOf(server)
  const site: Site = {
    server,
    cacheFolder: cache.path,
    act: (act) => site.with((workshop) => perform(act, { workshop, projectFolder, s3 })),
    with: async (task) => {
      const lake = await openLake({ folder, cacheFolder: cache.path, s3 })
      await using workshop = workshopAt({
        folder,
        lake,
        [Symbol.asyncDispose]: () => lake[Symbol.asyncDispose](),
      })
      return await task(workshop)
    },
    look: () => lookAt(server, folder),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await cache.remove()
    },
  }
  return site
}

const objectsOf = ({ server }: Site): Objects => new Map(server.buckets.get(lakeBucket)?.objects)

/** Nothing failed, and nothing was done twice. */
function assertSmooth({ codes, retried }: Ended): void {
  expect([codes, retried], [...codes, ...retried].join('; ')).toEqual([[], []])
}

/** Does an act without faults; what it called. */
async function record(site: Site, act: Act): Promise<readonly Call[]> {
  const calls: Call[] = []
  site.server.onDone = (call) => void (isChange(call) && calls.push(call))
  const ended = await site.act(act)
  site.server.onDone = undefined
  assertSmooth(ended)
  return calls
}

/** What a run may be seen to leave: a table and its rejects come together, what is built of it after it. */
function statesBetween(before: Contents, after: Contents): readonly Contents[] {
  const { 'sales.orders': _later, ...first } = after
  return [before, { ...before, ...first }, after]
}

/** The phases of a lake's life. Deliveries arrive as they are asked for, so each is judged before the next is. */
async function* phases(): AsyncGenerator<Phase> {
  const all = { next: 'run', chosen: () => true } as const
  await using site = await openSite(new Map())
  for (const [i, name] of ['a first run', 'an incremental run'].entries()) {
    await deliverTo(projectFolder, i + 1)
    const before = objectsOf(site)
    const after = contentsAfter(i + 1)
    const calls = await record(site, 'run')
    const states = statesBetween(contentsAfter(i), after)
    yield { name, act: 'run', before, states, finally: after, calls, ...all }
  }
  // What maintenance finds: snapshots to forget, files to compact, and all that a run wrote whose commit was refused.
  await deliverTo(projectFolder, 3)
  const denied = { kind: 'denied', operation: 'PutObject', key: /catalog\.json$/ } as const
  site.server.faults.add({ ...denied, every: 2, times: Infinity })
  expect((await site.act('run')).codes).toContain('connection.unauthorized')
  site.server.faults.clear()
  const before = objectsOf(site)
  const calls = await record(site, 'maintain')
  const kept = { act: 'maintain', states: [contentsAfter(2)], finally: contentsAfter(3) } as const
  yield { name: 'maintenance', before, calls, ...kept, ...all }
  const big = await deliverBig(projectFolder)
  await using other = await openSite(new Map())
  yield {
    name: 'a run that writes a file in parts',
    act: 'run-big',
    before: new Map(),
    states: [{}, big],
    next: 'run-big',
    finally: big,
    calls: await record(other, 'run-big'),
    chosen: ({ operation }) => /Upload/.test(operation),
  }
}

/**
 * The faults that tell something of a call. For ever nothing is refused of which it was done, and a service that is busy for
 * ever tells no more than one that is broken, but later.
 */
function faultsOf({ headers }: Call): readonly [Fault, ...Fault[]] {
  const isConditional = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
  return [
    { kind: 'lose-reply', times: 1 },
    { kind: 'error-when-done', times: 1 },
    { kind: 'slow-down', times: 1 },
    ...(isConditional ? [{ kind: 'refusal-when-done', times: 1 } as const] : []),
    { kind: 'lose-reply', times: Infinity },
    { kind: 'error-when-done', times: Infinity },
    { kind: 'internal-error', times: Infinity },
  ]
}

/** Makes the nth change fail: once, or that operation on that object for ever. */
function failAt(server: S3Server, nth: number, { kind, times }: Fault): void {
  let seen = 0
  server.onCall = (call) => {
    if (!isChange(call)) return
    seen += 1
    if (seen !== nth) return
    server.faults.add({ kind, times, operation: call.operation, key: call.key })
  }
}

/** Whatever happened: nothing that is named is gone, and every table reads as before or after, never half. */
async function judge(site: Site, states: readonly Contents[]): Promise<Sight> {
  const seen = await site.look()
  expect(seen.missing, `missing: ${seen.missing.join(' ')}`).toEqual([])
  expect(states, `rows: ${JSON.stringify(seen.contents).slice(0, 2_000)}`).toContainEqual(seen.contents)
  return seen
}

/** Removes even the youngest orphans, as nobody should who has writers at work. */
const sweep = (site: Site): Promise<void> =>
  site.with(async ({ lake }) => {
    for (const name of await lake.tables()) await removeOrphans(lake, name, { olderThanMs: -60_000 })
  })

/** The next process goes on, everything is there once, and what nothing names can be swept away. */
async function settle(site: Site, phase: Phase, sweepsFirst: boolean): Promise<void> {
  if (sweepsFirst) {
    await sweep(site)
    await judge(site, phase.states)
  }
  assertSmooth(await site.act(phase.next))
  await judge(site, [phase.finally])
  expect(new Set((await site.act(phase.next)).outcomes)).toEqual(new Set(['unchanged']))
  await sweep(site)
  const { unnamed } = await judge(site, [phase.finally])
  expect(unnamed, `unnamed: ${unnamed.join(' ')}`).toEqual([])
}

async function failOnce(phase: Phase, nth: number, fault: Fault, random: Random): Promise<void> {
  await using site = await openSite(phase.before)
  failAt(site.server, nth, fault)
  const ended = await site.act(phase.act)
  site.server.onCall = undefined
  site.server.faults.clear()
  // One lost or refused answer costs no second attempt of a whole table.
  if (fault.times === 1) assertSmooth(ended)
  for (const code of ended.codes) expect(['connection.failed', 'connection.timeout']).toContain(code)
  const isDone = ended.outcomes.every((outcome) => !['failed', 'skipped'].includes(outcome))
  await judge(site, isDone ? phase.states.slice(-1) : phase.states)
  await settle(site, phase, random.chance(0.5))
}

async function killOnce(phase: Phase, nth: number, random: Random): Promise<void> {
  await using site = await openSite(phase.before)
  const script = fileURLToPath(new URL('put-child.ts', import.meta.url))
  const args = [folder, site.cacheFolder, projectFolder, phase.act]
  await killAtCall(site.server, { script, args, env: {} }, { atCall: nth, before: false })
  await judge(site, phase.states)
  await settle(site, phase, random.chance(0.5))
}

interface Case {
  readonly told: string
  readonly judge: () => Promise<void>
}

/**
 * One fault of each call of a run, of every second one of maintenance and of an upload in parts, and a kill after every
 * eighth; or all of them.
 */
function casesOf(phase: Phase, random: Random): readonly Case[] {
  const offset = random.below(8)
  return phase.calls.flatMap((call, i) => {
    const isSampled = phase.act !== 'run' && !isFull
    if (!phase.chosen(call) || (isSampled && (i + offset) % 2 === 1)) return []
    const at = `${phase.name}, call ${i + 1} of ${phase.calls.length}, ${placeOf(call)}`
    const faults = faultsOf(call)
    const some = isFull ? faults : [random.pick(faults)]
    const failing = some.map((fault) => ({
      told: `${at}: ${fault.kind} ${fault.times === 1 ? 'once' : 'for ever'}`,
      judge: () => failOnce(phase, i + 1, fault, random),
    }))
    const killed = { told: `${at}: killed after it`, judge: () => killOnce(phase, i + 1, random) }
    return isFull || i % 8 === offset ? [...failing, killed] : failing
  })
}

test(
  `whichever write to a lake in S3 fails or is the last of its process (seed ${seed}), no row is lost or repeated, and nothing that is named is missing`,
  { timeout: 90 * 60_000 },
  async () => {
    const random = randomFrom(seed)
    const findings: string[] = []
    for await (const phase of phases()) {
      const cases = casesOf(phase, random)
      expect(cases.length).toBeGreaterThan(1)
      await mapLimited(cases, lanes, (one) =>
        one.judge().catch((error: unknown) => void findings.push(`${one.told}: ${String(error)}`)),
      )
      const calls = phase.calls.filter(phase.chosen).length
      process.stderr.write(`${phase.name}: ${calls} writes and deletes, ${cases.length} cases\n`)
    }
    process.stderr.write(`seed ${seed}: ${findings.length} findings\n`)
    expect(findings).toEqual([])
  },
)
