import { randomUUID } from 'node:crypto'
import { addArtifact } from './artifact.ts'
import { openChannel } from './channel.ts'
import type { Message } from './codec.ts'
import { getSettings, setSettings } from './config.ts'
import type { SparkOptions, SparkSession } from './contract.ts'
import { schemaOf } from './data-type.ts'
import { etlError } from './failure.ts'
import { interrupt } from './interrupt.ts'
import { type Home, runCommand, runQuery } from './operation.ts'
import { type Relation, sqlRelation } from './relation.ts'
import { defaultRetry } from './retry.ts'
import { type Rpc, unary } from './rpc.ts'
import { RpcError } from './rpc-error.ts'
import { type SparkAddress, parseSparkAddress, shownAddress } from './url.ts'

const explainFormatted = 5

// A setting that means nothing to Spark: a session that still has it is the one that it was set in.
const mark = 'securecart.session.mark'

/** Silence after which a server may have given up a session: much less than any server's own limit. */
const longSilenceMs = 60_000

/** See `Home.assertSession`. */
function sessionWatch(rpc: Rpc, isSameSession: () => Promise<boolean>): () => Promise<void> {
  let connection = rpc.channel.connections()
  let heardAt = performance.now()
  return async () => {
    const isNew = rpc.channel.connections() !== connection
    if (isNew || performance.now() - heardAt > longSilenceMs) {
      if (!(await isSameSession()))
        throw new RpcError(
          'ABORTED',
          'the server was restarted or gave up the session: it has lost its settings',
        )
      connection = rpc.channel.connections()
    }
    heardAt = performance.now()
  }
}

const planOf = (input: string | Relation): Message<'Plan'> => ({
  root: typeof input === 'string' ? sqlRelation(input) : input,
})

function rpcOf(options: SparkOptions, address: SparkAddress): Rpc {
  const { url: _, headers = {}, settings: __, retry, timeoutMs, idleMs, ...connection } = options
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  const all = { ...address.headers, ...(Object.fromEntries(named) as Record<string, string>) }
  return {
    channel: openChannel({ ...connection, address: { ...address, headers: all } }),
    caller: {
      session_id: address.sessionId ?? randomUUID(),
      user_context: { user_id: address.userId ?? 'securecart' },
      client_type: 'securecart-etl',
    },
    retry: { ...defaultRetry, ...retry },
    timeoutMs: timeoutMs ?? 60_000,
    idleMs: idleMs ?? 150_000,
  }
}

async function begin(rpc: Rpc, settings: Readonly<Record<string, string>>): Promise<string> {
  // An address that is wrong should not take as long to show as a server that went away.
  const retry = { ...rpc.retry, budgetMs: Math.min(rpc.retry.budgetMs, 10_000) }
  const answer = await unary(rpc, 'AnalyzePlan', [{ ...rpc.caller, spark_version: {} }], { retry })
  await setSettings(rpc, settings)
  return answer.spark_version?.version ?? 'unknown'
}

async function end(rpc: Rpc): Promise<void> {
  const brief = { timeoutMs: 5_000, retry: { ...rpc.retry, budgetMs: 0 } }
  // Servers before 4.0 drop a session by themselves when it was not used for long; its operations are ended here.
  await unary(rpc, 'ReleaseSession', [rpc.caller], brief).catch(() =>
    interrupt({ ...rpc, retry: brief.retry }, { all: true }).catch(() => {}),
  )
  await rpc.channel[Symbol.asyncDispose]()
}

/**
 * Opens a session on a Spark Connect server, 3.5 or 4.x, and sets its settings.
 *
 * Whatever happens to the connection, an operation runs once, and a result arrives whole and in order or fails. Codes:
 * `config.invalid` for the address, and those of `etlError`. Disposing of the session ends all that runs in it.
 */
export async function openSpark(options: SparkOptions): Promise<SparkSession> {
  const address = parseSparkAddress(options.url)
  const rpc = rpcOf(options, address)
  const place = { rpc, address: shownAddress(address) }
  const told = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call
    } catch (error) {
      throw await etlError(error, place)
    }
  }
  const marked = randomUUID()
  const isSameSession = async (): Promise<boolean> => (await getSettings(rpc, [mark])).get(mark) === marked
  const opened = begin(rpc, { ...options.settings, [mark]: marked })
  const version = await told(opened).catch(async (error: unknown) => {
    await rpc.channel[Symbol.asyncDispose]()
    throw error
  })
  const assertSession = sessionWatch(rpc, isSameSession)
  const home: Home = { ...place, isSameSession, assertSession }
  const analyze = (request: Message<'AnalyzePlanRequest'>): Promise<Message<'AnalyzePlanResponse'>> =>
    told(assertSession().then(() => unary(rpc, 'AnalyzePlan', [{ ...rpc.caller, ...request }])))
  return {
    id: rpc.caller.session_id,
    address: place.address,
    version,
    query: (input, run = {}) => runQuery(home, planOf(input), run),
    run: async (sql, run = {}) => void (await runCommand(home, { sql_command: { sql } }, run)),
    command: (command, run = {}) => runCommand(home, command, run),
    schema: async (input) =>
      schemaOf((await analyze({ schema: { plan: planOf(input) } })).schema?.schema ?? {}),
    explain: async (input) => {
      const explain = { plan: planOf(input), explain_mode: explainFormatted }
      return (await analyze({ explain })).explain?.explain_string ?? ''
    },
    set: (settings) => told(setSettings(rpc, settings)),
    get: (...keys) => told(getSettings(rpc, keys)),
    addArtifact: (name, data) => told(addArtifact(rpc, name, data)),
    interrupt: (target) => told(interrupt(rpc, target)),
    [Symbol.asyncDispose]: () => end(rpc),
  }
}
