import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBType,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api'
import { quoteName, sqlType } from '../../function/dialect.ts'
import type { Schema } from '../../plan/type.ts'
import { readAst, type SerializedSql } from './ast.ts'
import { macroOf } from './own-names.ts'

/** One result column as DuckDB's binder types it. */
export interface PreparedColumn {
  readonly name: string
  readonly type: DuckDBType
}

/** A binder or parser error, with DuckDB's own suggestions and the byte offset where it stands. */
export interface SqlFailure {
  readonly kind: string
  readonly message: string
  readonly hint?: string
  readonly position?: number
}

/** The process's one DuckDB that parses and types queries. It reads no files and runs no user SQL. */
interface Parser {
  readonly connection: DuckDBConnection
  /** Serialises a list of texts. */
  readonly serialize: DuckDBPreparedStatement
  /** Functions whose result is not decided by their arguments, by DuckDB's own account. */
  readonly unstable: ReadonlySet<string>
  /** The relations that exist now, with the column list that they were created with. */
  readonly relations: Map<string, string>
  /** The catalogue-only functions that the binder knows by now. */
  readonly macros: Set<string>
}

async function openParser(): Promise<Parser> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    enable_external_access: 'false',
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    errors_as_json: 'true',
  })
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'; SET lock_configuration = true`)
  const unstable = await connection.runAndReadAll(
    `SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT' AND function_name <> 'error'`,
  )
  return {
    connection,
    serialize: await connection.prepare(
      'SELECT json_serialize_sql(t) FROM (SELECT unnest($1::VARCHAR[]) AS t)',
    ),
    unstable: new Set(unstable.getRows().map((row) => String(row[0]))),
    relations: new Map(),
    macros: new Set(),
  }
}

let opened: Promise<Parser> | undefined
let queue: Promise<unknown> = Promise.resolve()

/** Runs one task after the other: relations of one query must stand while it is prepared. */
function inTurn<T>(task: (parser: Parser) => Promise<T>): Promise<T> {
  opened ??= openParser()
  const parser = opened
  const result = queue.then(async () => task(await parser))
  queue = result.catch(() => undefined)
  return result
}

/** Parses statements, all in one round trip. */
export function parseSql(texts: readonly string[]): Promise<readonly SerializedSql[]> {
  return inTurn(async ({ serialize }) => {
    serialize.bindList(1, listValue([...texts]), LIST(VARCHAR))
    const result = await serialize.runAndReadAll()
    return result.getRows().map((row) => readAst(String(row[0])))
  })
}

/** The names of functions that DuckDB does not call consistent (random, now, nextval, …). */
export function unstableFunctions(): Promise<ReadonlySet<string>> {
  return inTurn(({ unstable }) => Promise.resolve(unstable))
}

async function declare(
  parser: Parser,
  schemas: ReadonlyMap<string, Schema>,
  functions: readonly string[],
): Promise<void> {
  const statements: string[] = []
  for (const name of functions) {
    const macro = parser.macros.has(name) ? undefined : macroOf(name)
    if (macro !== undefined) statements.push(macro)
    parser.macros.add(name)
  }
  for (const [relation, schema] of schemas) {
    const columns = schema.map((f) => `${quoteName(f.name)} ${sqlType(f.type, 'duckdb')}`).join(', ')
    const key = relation.toLowerCase()
    if (parser.relations.get(key) === columns) continue
    statements.push(`CREATE OR REPLACE TABLE ${quoteName(relation)} (${columns})`)
    parser.relations.set(key, columns)
  }
  if (statements.length > 0) await parser.connection.run(statements.join(';'))
}

function readFailure(error: unknown): SqlFailure {
  const text = error instanceof Error ? error.message : String(error)
  const start = text.indexOf('{')
  let detail: { exception_type?: string; exception_message?: string; position?: string } = {}
  try {
    detail = JSON.parse(text.slice(start)) as typeof detail
  } catch {
    return { kind: 'Error', message: text }
  }
  const [first = text, ...rest] = (detail.exception_message ?? text).split('\n')
  // The list of all overloads of a function is no hint.
  const hint = rest
    .filter((line) => !line.startsWith('\t'))
    .join(' ')
    .trim()
  return {
    kind: detail.exception_type ?? 'Error',
    message: first,
    ...(hint === '' ? {} : { hint }),
    ...(detail.position === undefined ? {} : { position: Number(detail.position) }),
  }
}

/**
 * Types a query over empty relations with the given schemas: exact names and types, or the binder's complaint.
 * `functions` are the catalogue-only functions that it calls.
 */
export function prepareSql(
  text: string,
  schemas: ReadonlyMap<string, Schema>,
  functions: readonly string[] = [],
): Promise<readonly PreparedColumn[] | SqlFailure> {
  return inTurn(async (parser) => {
    await declare(parser, schemas, functions)
    try {
      const prepared = await parser.connection.prepare(text)
      const columns = Array.from({ length: prepared.columnCount }, (_, i) => ({
        name: prepared.columnName(i),
        type: prepared.columnType(i),
      }))
      prepared.destroySync()
      return columns
    } catch (error) {
      return readFailure(error)
    }
  })
}
