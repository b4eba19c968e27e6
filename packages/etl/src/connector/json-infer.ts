import { basename } from 'node:path'
import { EtlError } from '../base/errors.ts'
import { readElements } from '../engine/duckdb/read/json-array.ts'
import { openBytes, readFileHead } from '../engine/duckdb/read/source-bytes.ts'
import { bool, type Columns, type ColumnSpec, json, text } from './column.ts'
import { printDeclaration } from './infer-print.ts'
import { proposeColumn } from './infer-type.ts'
import type { Inference } from './inference.ts'

/** How many records are looked at, and how many bytes of them. */
const sampledRecords = 5_000
const sampledBytes = 4 * 1024 * 1024

/** A value; a number as its source text in a `SourceNumber`. */
type Sampled = string | boolean | object

/**
 * Proposes the columns of a JSON file from its first records: 5,000 or 4 MiB. Members that are objects or arrays become
 * `json` columns, and so do members of several types. Fails with `source.header` on a file without a JSON object.
 */
export async function inferJson(path: string): Promise<Inference> {
  const head = await readFileHead(path)
  const warnings: string[] = []
  const members = new Map<string, Sampled[]>()
  let records = 0
  let bad = 0
  let bytes = 0
  let lines = true
  for await (const record of readElements(head)) {
    if (records + bad >= sampledRecords || bytes > sampledBytes) break
    bytes += record.bytes.length
    if (record.bytes.includes(10)) lines = false
    const value = parseRecord(record.bytes.toString('utf8'))
    if (value === undefined) bad += 1
    else {
      records += 1
      collect(value, members)
    }
  }
  if (records === 0) throw new EtlError('source.header', `${path} holds no JSON object to infer columns from`)
  if (bad > 0) warnings.push(`${bad} of ${records + bad} records are no JSON objects and would be rejected`)
  const columns: Columns = Object.fromEntries(
    [...members].map(([name, values]) => {
      const proposal = proposeMember(values)
      warnings.push(...proposal.warnings.map((w) => `${name}: ${w}`))
      return [name, proposal.column]
    }),
  )
  const connector = lines && (await isLines(head.path)) ? 'ndjson' : 'jsonArray'
  const declaration = printDeclaration(connector, path, basename(path), columns, {})
  return { connector, columns, warnings, declaration }
}

/** Whether the text begins with an object, not with an array. */
async function isLines(path: string): Promise<boolean> {
  for await (const chunk of openBytes(await readFileHead(path))) {
    return /^\uFEFF?\s*\{/.test(chunk.toString('utf8'))
  }
  return true
}

function parseRecord(textOfRecord: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(textOfRecord.replace(/^\uFEFF/, ''), keepDigits)
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof SourceNumber)
      return undefined
    return new Map(Object.entries(value))
  } catch {
    return undefined
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new SourceNumber(context?.source ?? String(value)) : value
}

/** A number as it is written, with all its digits. */
class SourceNumber {
  readonly number: string
  constructor(source: string) {
    this.number = source
  }
}

function collect(record: ReadonlyMap<string, unknown>, members: Map<string, Sampled[]>): void {
  for (const [name, value] of record) {
    const values = members.get(name) ?? []
    members.set(name, values)
    if (value !== null) values.push(value as Sampled)
  }
}

function proposeMember(values: readonly Sampled[]): {
  readonly column: ColumnSpec
  readonly warnings: readonly string[]
} {
  const kinds = new Set(values.map((v) => (v instanceof SourceNumber ? 'number' : typeof v)))
  if (kinds.size === 0) return { column: json(), warnings: ['no value in the sample; proposed as json'] }
  if (kinds.size > 1)
    return { column: json(), warnings: [`values of several types (${[...kinds].join(', ')})`] }
  if (kinds.has('boolean')) return { column: bool(), warnings: [] }
  if (kinds.has('object')) return { column: json(), warnings: [] }
  if (kinds.has('number'))
    return proposeColumn(values.flatMap((v) => (v instanceof SourceNumber ? [v.number] : [])))
  const texts = values.filter((v) => typeof v === 'string')
  const proposal = proposeColumn(texts)
  // A text that looks like a number was written as text on purpose.
  const moment = ['timestamp', 'date', 'time', 'uuid'].includes(proposal.column.type.kind)
  return moment ? proposal : { column: text(), warnings: [] }
}
