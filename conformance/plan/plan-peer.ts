import { DuckDBInstance } from '@duckdb/node-api'
import { canonicalChunk } from '../../packages/etl/src/engine/duckdb/canonical.ts'
import { EtlError } from '../../packages/etl/src/base/errors.ts'
import { openSpark } from '../../packages/etl/src/engine/spark/connect/session.ts'
import type { Dialect } from '../../packages/etl/src/function/contract.ts'
import { quoteSparkName, sqlType } from '../../packages/etl/src/function/dialect.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import { startSparkConnect, type SparkLine } from '../../tools/peers/spark-connect.ts'
import { inlineSettings } from '../function/spark-settings.ts'
import { readValue, valueText } from '../function/spark-value.ts'
import { printCase } from './print-case.ts'
import type { Case } from './random-plan.ts'

export type Row = readonly LiteralValue[]

/** The rows of a plan in any order, or that it failed: by its data, or as a statement that the engine does not take. */
export type Outcome = { readonly rows: readonly Row[] } | { readonly error: string; readonly byData: boolean }

/** An engine that runs printed plans. */
export interface PlanPeer extends AsyncDisposable {
  readonly name: string
  readonly dialect: Dialect
  run(cases: readonly Case[]): Promise<readonly Outcome[]>
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** DuckDB in this process, with the embedded engine's session settings. */
export async function openDuckdbPlans(): Promise<PlanPeer> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'; SET order_by_non_integer_literal = true`)
  const runOne = async (one: Case): Promise<Outcome> => {
    const { schema } = one.plan
    // The declared types, so that a column of another type than promised is a failure and no conversion.
    const types = schema.map((f) => sqlType(f.type, 'duckdb').toLowerCase())
    try {
      const result = await connection.run(printCase(one, 'duckdb'))
      const found = result.columnTypes().map((t) => String(t).toLowerCase())
      if (found.length !== types.length)
        return { error: `${found.length} columns, not ${types.length}`, byData: false }
      const rows: Row[] = []
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        const { columns, rows: count } = canonicalChunk(chunk, schema)
        for (let r = 0; r < count; r++) rows.push(columns.map((c) => c[r] as LiteralValue))
      }
      // A column that was folded to NULL has no type of its own.
      const wrong = found.findIndex(
        (t, i) => normal(t) !== normal(types[i] ?? '') && rows.some((row) => row[i] !== null),
      )
      if (wrong < 0) return { rows }
      return { error: `column ${schema[wrong]?.name} is ${found[wrong]}, not ${types[wrong]}`, byData: false }
    } catch (error) {
      const message = messageOf(error)
      return { error: message, byData: /^(Out of Range|Conversion|Invalid Input) Error/.test(message) }
    }
  }
  return {
    name: 'DuckDB',
    dialect: 'duckdb',
    run: async (cases) => {
      const outcomes: Outcome[] = []
      for (const one of cases) outcomes.push(await runOne(one))
      return outcomes
    },
    [Symbol.asyncDispose]: async () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/**
 * What `raise_error` gives, and errors about the data: 3.5 tells no SQL state, and of a failure in the small side of a join
 * only that it waited for it.
 */
const raised =
  /java\.lang\.(?:Runtime|Arithmetic)Exception: |\[USER_RAISED_EXCEPTION\]|^Spark at \S+: (?:Exception thrown in awaitResult|(?:long|integer) overflow$)/
const dataError = /OVERFLOW|OUT_OF_(?:SUPPORTED_)?RANGE|DIVIDE_BY_ZERO|CAST_INVALID_INPUT/

const normal = (type: string): string => type.replaceAll(/[" ]/g, '').replaceAll('json', 'varchar')

const settings = { ...inlineSettings, 'spark.sql.adaptive.enabled': 'false' }

/** Rows of a case as JSON arrays of texts, its place in the batch first. */
function printTexts(one: Case, place: number): string {
  const values = one.plan.schema.map((f) => valueText(quoteSparkName(f.name), f.type))
  const parts = [`'${place}'`, ...values].join(', ')
  return `SELECT to_json(array(${parts})) AS r FROM (${printCase(one, 'spark')}) AS plan`
}

/**
 * A row of no case. Without it a batch may have no rows at all, and some such queries over `inline` fail on the server,
 * without a message, when `ConvertToLocalRelation` is excluded: which only this harness does.
 */
const marker = `SELECT to_json(array('-1')) AS r`

/** Runs expressions without compiling them: several times as many small plans an hour. */
const interpreting = {
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
}

type Texts = readonly (string | null)[]

export interface SparkPlansOptions {
  /** Changes what is printed: to see that a fault is found. */
  readonly fault?: (sql: string) => string
  /** Interpret expressions instead of compiling them, as Spark does where compiling fails. */
  readonly interpreted?: boolean
}

/** A local Spark of one of the supported lines. */
export async function openSparkPlans(line: SparkLine, options: SparkPlansOptions = {}): Promise<PlanPeer> {
  const { fault = (sql) => sql, interpreted = false } = options
  const server = await startSparkConnect(line)
  const session = await openSpark({
    url: server.url,
    settings: { ...settings, ...(interpreted ? interpreting : {}) },
  })
  const texts = async (sql: string): Promise<readonly Texts[]> => {
    await using result = await session.query(sql)
    const found: Texts[] = []
    for await (const chunk of result.chunks)
      for (const text of chunk.columns[0] ?? []) found.push(JSON.parse(String(text)) as Texts)
    return found
  }
  const read = (one: Case, row: Texts): Row =>
    one.plan.schema.map((f, i) => readValue(row[i + 1] ?? null, f.type))
  const together = async (cases: readonly Case[]): Promise<readonly Outcome[]> => {
    try {
      const rows = await texts(fault([...cases.map(printTexts), marker].join(' UNION ALL ')))
      return cases.map((one, place) => ({
        rows: rows.filter(([p]) => Number(p) === place).map((row) => read(one, row)),
      }))
    } catch (error) {
      if (cases.length > 1) {
        const outcomes: Outcome[] = []
        for (const one of cases) outcomes.push(...(await together([one])))
        return outcomes
      }
      const { errorClass, sqlState } = error instanceof EtlError ? error.params : {}
      // Not the plan's doing: a server that went away, for instance.
      if (!(error instanceof EtlError) || error.code !== 'engine.failed') throw error
      const state = String(sqlState ?? '')
      const byData =
        /^(22|P0001)/.test(state) || dataError.test(String(errorClass)) || raised.test(messageOf(error))
      return [{ error: messageOf(error), byData }]
    }
  }
  return {
    name: `Spark ${session.version}${interpreted ? ', interpreted' : ''}`,
    dialect: 'spark',
    run: together,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}
