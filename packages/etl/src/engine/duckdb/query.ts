import path from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api'
import { EtlError } from '../../base/errors.ts'
import { quoteName, sqlType } from '../../function/dialect.ts'
import type { Schema } from '../../plan/type.ts'
import type { Query, QueryResult, ResultChunk } from '../contract.ts'
import { keepByteOrderMarks } from './byte-order-mark.ts'
import { canonicalChunk } from './canonical.ts'
import { engineFailure } from './failure.ts'
import { importType } from './imported-type.ts'
import type { DuckdbLimits } from './attempts.ts'
import { allowedForms } from './file-path.ts'
import { noRowsFile } from './no-rows.ts'
import { printLakeScan } from './scan-lake.ts'

/**
 * Runs read-only SQL over lake tables, each visible under its own name (`sales.orders`). The session reads the named
 * tables' files and nothing else: no other file, no extension, no setting.
 */
export async function query(request: Query, limits: DuckdbLimits): Promise<QueryResult> {
  keepByteOrderMarks()
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    await connection.run(`SET TimeZone = 'UTC'`)
    await connection.run(`SET memory_limit = '${limits.memoryLimitBytes}B'`)
    await connection.run(`SET threads = ${limits.threads}`)
    const folders = new Set<string>()
    for (const table of request.tables) {
      for (const file of table.files) folders.add(path.dirname(file.path))
      const [namespace = '', name = ''] = table.name.split('.', 2)
      await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(namespace)}`)
      await connection.run(
        `CREATE VIEW ${quoteName(namespace)}.${quoteName(name)} AS ${printLakeScan(table.files, table.schema)}`,
      )
    }
    const list = [...folders].map((f) => `'${f.replaceAll("'", "''")}/'`).join(', ')
    await connection.run(`SET allowed_directories = [${list}]`)
    await connection.run(`SET allowed_paths = [${allowedForms(noRowsFile).join(', ')}]`)
    await connection.run(`SET temp_directory = ''`)
    await connection.run('SET enable_external_access = false')
    await connection.run('SET lock_configuration = true')
    const sql = request.sql.trim().replace(/;\s*$/, '')
    const source = await resultColumns(connection, sql)
    const casts = source.map((f, i) => `CAST(c${i} AS ${sqlType(f.type, 'duckdb')})`)
    // As a subquery only a SELECT can run; the line break ends a trailing comment.
    const rows = `(${sql}\n) q(${source.map((_, i) => `c${i}`).join(', ')})`
    await connection.run('BEGIN TRANSACTION')
    const result = await connection.stream(`SELECT ${casts.join(', ')} FROM ${rows}`)
    const whole = async (): Promise<void> =>
      assertWhole(connection, `SELECT bit_xor(hash(${casts.join(', ')})) FROM ${rows}`)
    return {
      schema: source,
      chunks: chunks(result, source, whole),
      [Symbol.asyncDispose]: async () => close(),
    }
  } catch (error) {
    close()
    throw engineFailure(error, 'the query')
  }
}

/** The names and types of a query's columns; a type outside the plan's is refused with the cast to write. */
async function resultColumns(connection: DuckDBConnection, sql: string): Promise<Schema> {
  const prepared = await connection.prepare(`SELECT * FROM (${sql}\n)`)
  try {
    return Array.from({ length: prepared.columnCount }, (_, i) => {
      const name = prepared.columnName(i)
      const imported = importType(prepared.columnType(i))
      if ('problem' in imported) {
        throw new EtlError('engine.refused', `column "${name}": ${imported.problem}; write ${imported.cast}`)
      }
      return { name, type: imported.type, nullable: true }
    })
  } finally {
    prepared.destroySync()
  }
}

async function* chunks(
  result: DuckDBResult,
  schema: Schema,
  whole: () => Promise<void>,
): AsyncIterable<ResultChunk> {
  for (;;) {
    let chunk
    try {
      chunk = await result.fetchChunk()
    } catch (error) {
      throw engineFailure(error, 'the query')
    }
    if (chunk === null || chunk.rowCount === 0) return whole()
    yield canonicalChunk(chunk, schema)
  }
}

/**
 * Fails when a streamed result ended because it failed: its chunks just stop then, and only the transaction around it
 * tells. `again` evaluates the same rows and keeps none; it fails with the reason, which the stream does not give.
 */
async function assertWhole(connection: DuckDBConnection, again: string): Promise<void> {
  try {
    await connection.run('SELECT 1')
    return
  } catch {
    await connection.run('ROLLBACK').catch(() => undefined)
  }
  try {
    await connection.run(again)
  } catch (error) {
    throw engineFailure(error, 'the query')
  }
  throw new EtlError('engine.failed', 'the query failed before its last row')
}
