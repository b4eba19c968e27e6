import { openSpark, type SparkSession } from '../../packages/etl/src/engine/spark/connect/index.ts'
import { EtlError } from '../../packages/etl/src/base/errors.ts'
import { type SparkLine, startSparkConnect } from '../../tools/peers/spark-connect.ts'
import { sqlType } from '../../packages/etl/src/function/dialect.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import type { Answer, Peer } from './judge.ts'
import type { Probe } from './probe.ts'
import { inlineSettings } from './spark-settings.ts'
import { readValue, valueText } from './spark-value.ts'

type Failure = Extract<Answer, { readonly error: string }>

// Spark 3.5 tells no SQL state. A condition while planning stands in the message; a task's failure is named by its class.
const dataCondition =
  /\[(ARITHMETIC_OVERFLOW|CAST_OVERFLOW|CAST_INVALID_INPUT|NUMERIC_VALUE_OUT_OF_RANGE|DIVIDE_BY_ZERO|DATETIME_OVERFLOW|CANNOT_PARSE_TIMESTAMP)/
const dataException =
  /executor driver\): (java\.lang\.RuntimeException|java\.time\.DateTimeException|org\.apache\.spark\.Spark(Arithmetic|DateTime|NumberFormat|Runtime)Exception): /

function failureOf(error: unknown): Failure {
  if (!(error instanceof EtlError) || error.code !== 'engine.failed') throw error
  const { sqlState } = error.params
  // Class 22 are data exceptions; P0001 is raised by the printed SQL itself.
  const runtime =
    typeof sqlState === 'string'
      ? /^(22|P0001)/.test(sqlState)
      : dataCondition.test(error.message) || dataException.test(error.message)
  return { error: error.message, runtime }
}

/** The only column of a statement: texts, in any order. */
async function texts(session: SparkSession, sql: string): Promise<readonly string[] | Failure> {
  try {
    await using result = await session.query(sql)
    const found: string[] = []
    for await (const { columns } of result.chunks) found.push(...((columns[0] ?? []) as string[]))
    return found
  } catch (error) {
    return failureOf(error)
  }
}

/** Probes in one statement; Spark's planning grows faster than their number. */
const batchSize = 24

// The place of the probe, the place of the row, the value, its type: one JSON array of texts.
type Row = readonly [string, string, string | null, string]

const wantedType = (type: LogicalType): string => `typeof(CAST(NULL AS ${sqlType(type, 'spark')}))`

/** One row per value of a probe. */
function rowsOf(sql: string, type: LogicalType, place: number): string {
  const typed = `CAST(typeof(v) = ${wantedType(type)} AS STRING)`
  return `SELECT to_json(array('${place}', CAST(i AS STRING), ${valueText('v', type)}, ${typed})) AS r FROM (${sql}) AS probe`
}

/** One row with the values of all calls, told apart by their places. */
function callsOf(probes: readonly Probe[]): string {
  const calls = probes.map(({ call = 'NULL', type }, place) => {
    const typed = `CAST(typeof(${call}) = ${wantedType(type)} AS STRING)`
    return `to_json(array('${place}', '0', ${valueText(call, type)}, ${typed}))`
  })
  return `SELECT explode(array(${calls.join(', ')})) AS r`
}

function read(texts: readonly string[], types: readonly LogicalType[]): Answer[] {
  const rows = texts.map((t) => JSON.parse(t) as Row)
  return types.map((type, place) => {
    const own = rows.filter(([p]) => Number(p) === place).toSorted((a, b) => Number(a[1]) - Number(b[1]))
    return { values: own.map(([, , v]) => readValue(v, type)), typed: own.every(([, , , t]) => t === 'true') }
  })
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}

/** Opens a session on the local Spark of a line as a peer; starts the server where none runs. */
export async function openSparkPeer(line: SparkLine): Promise<Peer> {
  const { url } = await startSparkConnect(line)
  const session = await openSpark({ url, settings: inlineSettings })
  const answer = async (sql: string, type: LogicalType): Promise<Answer> => {
    const found = await texts(session, rowsOf(sql, type, 0))
    return 'error' in found ? found : (read(found, [type])[0] ?? { values: [], typed: true })
  }
  const together = async (probes: readonly Probe[]): Promise<readonly Answer[]> => {
    const alone = probes.every((p) => p.call !== undefined)
    const sql = alone
      ? callsOf(probes)
      : probes.map((p, place) => rowsOf(p.sql, p.type, place)).join(' UNION ALL ')
    const found = await texts(session, sql)
    if (!('error' in found))
      return read(
        found,
        probes.map((p) => p.type),
      )
    const answers: Answer[] = []
    for (const probe of probes) answers.push(await answer(probe.sql, probe.type))
    return answers
  }
  return {
    dialect: 'spark',
    name: `Spark ${line}`,
    answer,
    answerAll: async (probes) => {
      const sound = probes.filter((p) => p.out !== undefined)
      const groups = [sound.filter((p) => p.call !== undefined), sound.filter((p) => p.call === undefined)]
      const found = new Map<Probe, Answer>()
      for (const batch of groups.flatMap((group) => chunks(group, batchSize))) {
        for (const [i, a] of (await together(batch)).entries()) found.set(batch[i] as Probe, a)
      }
      const answers: Answer[] = []
      for (const p of probes) answers.push(found.get(p) ?? (await answer(p.sql, p.type)))
      return answers
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}
