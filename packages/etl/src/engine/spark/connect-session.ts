import { EtlError } from '../../base/errors.ts'
import { quoteSparkName } from '../../function/dialect.ts'
import type { ResultChunk } from '../contract.ts'
import {
  type Message,
  openSpark,
  type RunOptions,
  type SparkOptions,
  type SparkSession as ConnectSession,
  sqlRelation,
  writeFiles,
} from './connect/index.ts'
import type { OpenSparkSession, SparkCall, SparkSession, SparkWrite } from './session.ts'
import { sparkSettings } from './settings.ts'
import type { SparkField, SparkType } from './struct-type.ts'

const simple: Readonly<Record<string, Message<'DataType'>>> = {
  boolean: { boolean: {} },
  integer: { integer: {} },
  long: { long: {} },
  double: { double: {} },
  string: { string: {} },
  binary: { binary: {} },
  date: { date: {} },
  timestamp_ntz: { timestamp_ntz: {} },
}

function dataType(type: SparkType): Message<'DataType'> {
  if (typeof type === 'string') {
    const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(type) ?? []
    if (precision !== undefined) return { decimal: { precision: Number(precision), scale: Number(scale) } }
    const known = simple[type]
    if (known === undefined) throw new EtlError('bug.unreachable', `no type of Spark is called ${type}`)
    return known
  }
  switch (type.type) {
    case 'array':
      return { array: { element_type: dataType(type.elementType), contains_null: true } }
    case 'map': {
      const [key_type, value_type] = [dataType(type.keyType), dataType(type.valueType)]
      return { map: { key_type, value_type, value_contains_null: true } }
    }
    case 'struct':
      return {
        struct: {
          fields: type.fields.map((f) => ({
            name: f.name,
            data_type: dataType(f.type),
            nullable: true,
            metadata: JSON.stringify(f.metadata),
          })),
        },
      }
  }
}

/** A column with its field ids. Only names given anew and casts carry ids into files: Spark drops those of `ToSchema`. */
function withIds(field: SparkField): Message<'Expression'> {
  const column = { expression_string: { expression: quoteSparkName(field.name) } }
  const expr =
    typeof field.type === 'string' ? column : { cast: { expr: column, type: dataType(field.type) } }
  return { alias: { expr, name: [field.name], metadata: JSON.stringify(field.metadata) } }
}

/** The command that runs a write. */
export function writeCommand(write: SparkWrite): Message<'Command'> {
  const input = {
    project: { input: sqlRelation(write.sql), expressions: write.schema.fields.map(withIds) },
  }
  return writeFiles({
    input,
    format: 'parquet',
    path: write.folder,
    mode: 'append',
    partitionBy: write.partitionBy,
    // The mark of success tells that what is in the folder is what was written.
    options: { compression: 'zstd', 'mapreduce.fileoutputcommitter.marksuccessfuljobs': 'true' },
  })
}

const runOptions = (call: SparkCall): RunOptions => ({
  ...(call.signal ? { signal: call.signal } : {}),
  ...(call.onProgress ? { onProgress: call.onProgress } : {}),
})

/** Says what failed, in front of Spark's own words. */
async function told<T>(call: SparkCall, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof EtlError) || error.code !== 'engine.failed') throw error
    throw new EtlError(error.code, `${call.doing} failed: ${error.message}`, {
      cause: error,
      params: error.params,
      retry: error.retry,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}

function rowsOf(chunk: ResultChunk): (string | null)[][] {
  return Array.from({ length: chunk.rows }, (_, i) =>
    chunk.columns.map((c) => (c[i] === null || c[i] === undefined ? null : String(c[i]))),
  )
}

function sessionOn(connect: ConnectSession): SparkSession {
  return {
    view: async (view, call) => {
      const data_source = {
        format: 'parquet',
        schema: JSON.stringify(view.schema),
        paths: view.files,
        // The files are named one by one: neither their names nor their folders mean anything to Spark.
        options: [
          { key: 'recursiveFileLookup', value: 'true' },
          { key: '__globPaths__', value: 'false' },
        ],
      }
      const create_dataframe_view = { input: { read: { data_source } }, name: view.name, replace: true }
      await told(call, connect.command({ create_dataframe_view }, runOptions(call)))
    },
    rows: (sql, call) =>
      told(
        call,
        (async () => {
          await using result = await connect.query(sql, runOptions(call))
          const rows: (string | null)[][] = []
          for await (const chunk of result.chunks) rows.push(...rowsOf(chunk))
          return rows
        })(),
      ),
    write: async (write, call) => {
      await told(call, connect.command(writeCommand(write), runOptions(call)))
      return {}
    },
    [Symbol.asyncDispose]: () => connect[Symbol.asyncDispose](),
  }
}

/** Sessions on a Spark Connect server, each with the pinned settings and those asked for. */
export function connectSessions(options: SparkOptions): OpenSparkSession {
  return async (settings) => {
    const pinned = Object.fromEntries(sparkSettings.map((setting) => [setting.key, setting.value]))
    return sessionOn(
      await openSpark({ ...options, settings: { ...pinned, ...options.settings, ...settings } }),
    )
  }
}
