import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileQuery } from '../../packages/etl/src/author/sql/compile.ts'
import { printNode } from '../../packages/etl/src/engine/print/node.ts'
import type { Node } from '../../packages/etl/src/plan/node.ts'
import { readCases, type SqlCase } from './cases.ts'
import { contents, createTables, queryOf, schemas } from './shop.ts'

const cases = readCases()
let connection: DuckDBConnection

beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
})

afterAll(() => connection.closeSync())

/** A value so that widths of exact numbers do not matter and floats compare to nine digits. */
function comparable(value: unknown): unknown {
  if (typeof value === 'number') return String(Number(value.toPrecision(9)))
  const text = String(value)
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text
}

async function rowsOf(
  sql: string,
): Promise<{ readonly names: readonly string[]; readonly rows: readonly string[] }> {
  const result = await connection.runAndReadAll(sql)
  const rows = result.getRows().map((row) => JSON.stringify(row.map(comparable)))
  return { names: result.columnNames().map((n) => n.toLowerCase()), rows: rows.toSorted() }
}

const scans = (node: Node): string | undefined =>
  node.kind === 'scan' ? `SELECT * FROM ${node.input.replace('sales.', '')}` : undefined

async function rootOf(sqlCase: SqlCase): Promise<Node> {
  const compiled = await compileQuery(queryOf(sqlCase.sql), schemas)
  if ('diagnostics' in compiled) throw new Error(compiled.diagnostics.map((d) => d.message).join('\n'))
  return compiled.root
}

test(`there are ${cases.length} cases, most of them portable`, () => {
  expect(cases.length).toBeGreaterThanOrEqual(200)
  expect(cases.filter((c) => c.reason === undefined).length).toBeGreaterThanOrEqual(177)
})

describe.each(cases)('$file: $name', (sqlCase) => {
  test('is portable or says why not', async () => {
    const root = await rootOf(sqlCase)
    const reason = root.kind === 'sql' ? root.reason : undefined
    if (sqlCase.reason === undefined) expect(reason).toBeUndefined()
    else expect(reason).toContain(sqlCase.reason)
  })

  test('gives the rows of the SQL', async () => {
    const printed = printNode(await rootOf(sqlCase), scans, 'duckdb')
    const seed = Date.now() % 2_147_483_647
    await fc.assert(
      fc.asyncProperty(contents, async (rows) => {
        await connection.run(createTables(rows))
        expect(await rowsOf(printed)).toEqual(await rowsOf(sqlCase.sql))
      }),
      { seed, numRuns: 12 },
    )
  })
})
