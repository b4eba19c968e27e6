import { sparkSettings } from '../../packages/etl/src/engine/spark/settings.ts'
import { sqlType } from '../../packages/etl/src/function/dialect.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import type { Answer, Peer } from './judge.ts'
import type { Probe } from './probe.ts'
import { readValue, valueText } from './spark-value.ts'

/** An error that Spark reported, with its condition and SQL state where it told them. */
export interface SparkFailure {
  readonly error: string
  readonly sqlState?: string
}

/** A session of Spark: answers a statement of one text column with the texts in any order. */
export interface SparkTexts extends AsyncDisposable {
  readonly version: string
  texts(sql: string): Promise<readonly string[] | SparkFailure>
}

/** The settings of the engine, and one that makes Spark compute inline rows as it computes the rows of files. */
export const probeSettings: readonly (readonly [string, string])[] = [
  ...sparkSettings.map(({ key, value }) => [key, value] as const),
  ['spark.sql.optimizer.excludedRules', 'org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation'],
  ['spark.sql.shuffle.partitions', '1'],
]

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

/** Makes a peer of a session of Spark. */
export function sparkPeer(name: string, session: SparkTexts): Peer & { readonly version: string } {
  const answer = async (sql: string, type: LogicalType): Promise<Answer> => {
    const texts = await session.texts(rowsOf(sql, type, 0))
    if ('error' in texts) {
      // Class 22 are data exceptions; P0001 is raised by the printed SQL itself.
      return { error: texts.error, runtime: /^(22|P0001)/.test(texts.sqlState ?? '') }
    }
    return read(texts, [type])[0] ?? { values: [], typed: true }
  }
  const together = async (probes: readonly Probe[]): Promise<readonly Answer[]> => {
    const alone = probes.every((p) => p.call !== undefined)
    const sql = alone
      ? callsOf(probes)
      : probes.map((p, place) => rowsOf(p.sql, p.type, place)).join(' UNION ALL ')
    const texts = await session.texts(sql)
    const types = probes.map((p) => p.type)
    if (!('error' in texts)) return read(texts, types)
    const answers: Answer[] = []
    for (const probe of probes) answers.push(await answer(probe.sql, probe.type))
    return answers
  }
  return {
    dialect: 'spark',
    name,
    version: session.version,
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
