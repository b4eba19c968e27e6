import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { linesOf } from '../base/line-splitter.ts'
import { openScratch } from '../base/scratch.ts'
import type { Engine, Progress } from '../engine/contract.ts'
import type { AsOf, LakeTable } from '../lake/contract.ts'
import type { ColumnExpression } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import type { Field, Schema } from '../plan/type.ts'
import { maxRecordBytes, openStream, type StreamRecord } from '../store/kinesis/index.ts'

export interface StreamTarget {
  /** `kinesis://name` */
  readonly output: string
  /** The column whose value is the partition key: its rows arrive in order. Without it rows are spread over all shards. */
  readonly key?: string
  /** The columns that rows are sent in the order of, ascending, NULL last. */
  readonly orderBy?: readonly string[]
  readonly asOf?: AsOf
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface StreamExportResult {
  readonly rows: number
  /** Bytes of data, without keys. */
  readonly bytes: number
  /** How often a record was sent again because it did not arrive within a call that succeeded. */
  readonly again: number
}

/** The longest partition key of Kinesis. Source: API reference, "PutRecordsRequestEntry", 2026. */
const longestKey = 256

/**
 * Sends the rows of a table, as it is or was, to a Kinesis data stream: each a record of JSON, at least once. The rows are
 * written to the folder for temporary files first and judged there, so that nothing is sent of a table with a row that the
 * stream does not take.
 *
 * Fails with `plan.unknown-column`, with `config.invalid` on a row beyond 1 MiB, and as `RecordStream.send` does.
 */
export async function exportToStream(
  engine: Engine,
  table: LakeTable,
  target: StreamTarget,
): Promise<StreamExportResult> {
  const { asOf, signal, onProgress, orderBy = [] } = target
  const schema = asOf === undefined ? table.schema : table.schemaAt(asOf)
  const key = target.key === undefined ? undefined : keyColumn(schema, target.key, table.name)
  for (const column of orderBy) columnOf(schema, column, table.name)
  using stream = await openStream(target.output)
  await using scratch = await openScratch(path.join(tmpdir(), 'securecart-export'))
  const file = path.join(scratch.folder, 'records.ndjson')
  const written = await engine.export({
    plan: ordered(table.name, schema, orderBy),
    inputs: new Map([
      [table.name, { kind: 'lake', files: await table.files(asOf === undefined ? {} : { asOf }), schema }],
    ]),
    format: 'ndjson',
    compression: 'none',
    target: file,
    partitionBy: [],
    overwrite: false,
    scratch: scratch.folder,
    ...(signal === undefined ? {} : { signal }),
  })
  await assertShort(file, target.output)
  let rows = 0
  const sent = await stream.send(recordsOf(file, key), {
    signal,
    onArrived: (more) => {
      rows += more
      onProgress?.({ share: rows / written.rows, rowsRead: rows, phase: 'send' })
    },
  })
  return { rows: sent.records, bytes: sent.bytes, again: sent.again }
}

function ordered(name: string, schema: Schema, orderBy: readonly string[]): Node {
  const columns = schema.map(({ name: column, type, nullable }) => ({ name: column, type, nullable }))
  const scan: Node = { kind: 'scan', input: name, schema: columns }
  if (orderBy.length === 0) return scan
  const order = orderBy.map((column) => ({
    expression: columnExpression(columnOf(schema, column, name)),
    direction: 'asc' as const,
    nulls: 'last' as const,
  }))
  return { kind: 'sort', from: scan, order, schema: columns }
}

const columnExpression = ({ name, type, nullable }: Field): ColumnExpression => ({
  kind: 'column',
  name,
  type,
  nullable,
})

function columnOf(schema: Schema, name: string, table: string): Field {
  const found = schema.find((f) => f.name === name)
  if (found !== undefined) return found
  throw new EtlError('plan.unknown-column', `${table} has no column "${name}"`, {
    hint: `Columns: ${schema.map((f) => f.name).join(', ')}`,
  })
}

function keyColumn(schema: Schema, name: string, table: string): Field {
  const column = columnOf(schema, name, table)
  if (!['list', 'struct', 'map', 'json'].includes(column.type.kind)) return column
  throw new EtlError(
    'config.invalid',
    `${table}.${name} holds ${column.type.kind}, which is no partition key`,
  )
}

/** Reads the file once before any of it is sent. */
async function assertShort(file: string, address: string): Promise<void> {
  let row = 0
  for await (const line of linesOf(createReadStream(file))) {
    row++
    // Whatever its key is.
    if (line.length + longestKey * 4 <= maxRecordBytes) continue
    throw new EtlError(
      'config.invalid',
      `row ${row} is ${line.length} bytes of JSON, and records of ${address} are at most 1 MiB; nothing was sent`,
      { hint: 'Select fewer columns into a table of its own, and export that.' },
    )
  }
}

async function* recordsOf(file: string, key: Field | undefined): AsyncGenerator<StreamRecord> {
  const keyOf = key === undefined ? undefined : keyReader(key)
  for await (const line of linesOf(createReadStream(file))) {
    // A copy: a record that waits long would keep all that was read together with it.
    const data = new Uint8Array(line)
    yield { key: partitionKey(keyOf?.(line.toString())), data }
  }
}

type WithSource = (
  text: string,
  reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown

/** Reads the key of a line: numbers with all their digits, as they are written. */
function keyReader({ name, type }: Field): (line: string) => unknown {
  const read = (row: unknown): unknown => (row as Readonly<Record<string, unknown>>)[name]
  if (!['int64', 'uint64', 'decimal'].includes(type.kind)) return (line) => read(JSON.parse(line))
  // Every supported Node passes the source text; the types of ES2025 do not know it.
  const parse = JSON.parse as WithSource
  return (line) =>
    read(parse(line, (at, value, { source }) => (at === name && typeof value === 'number' ? source : value)))
}

/** A key that the service takes: rows without one are spread, those with a long one stay together. */
function partitionKey(value: unknown): string {
  const key = String(value ?? '')
  if (key === '') return randomUUID()
  return [...key].length <= longestKey ? key : createHash('sha256').update(key).digest('hex')
}
