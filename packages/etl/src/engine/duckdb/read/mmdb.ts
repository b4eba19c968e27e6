import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EtlError } from '../../../base/errors.ts'
import { quoteText } from '../../../function/dialect.ts'
import type { FileScan, ResolvedFile, SourceColumn } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { memberSteps } from './json-value.ts'
import { openJson } from './json.ts'
import { type MmdbFile, openMmdbFile } from './mmdb-file.ts'
import { type MmdbNetwork, networksOf } from './mmdb-tree.ts'
import { unpackText } from './unpack.ts'

/** The columns that every network has. */
const own: Readonly<Record<string, (n: MmdbNetwork) => string>> = {
  network: (n) => JSON.stringify(n.network),
  prefix: (n) => String(n.prefix),
  first_key: (n) => key(n.first),
  last_key: (n) => key(n.last),
}

const key = (address: bigint): string => `"${address.toString(16).padStart(32, '0')}"`

const chunkCharacters = 1 << 16
const maxKept = 50_000

/** A declared column and the members that lead to its value. */
interface Wanted {
  readonly name: string
  readonly steps: readonly string[]
}

/**
 * Opens MaxMind DB files as a relation: a row per network that has a record.
 *
 * The values are written to the scratch folder as JSON, one network per line, and read as `openJson` reads them: a value
 * that does not fit its declared type makes its network a reject, whose line is the number of the network in its file and
 * whose original is the network with its declared values. Memory is that of the largest file. Fails with `source.corrupt`
 * as `openMmdbFile` and `networksOf` do.
 */
export async function openMmdb(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'mmdb')
    throw new EtlError('bug.unreachable', 'the MaxMind DB reader needs MaxMind DB files')
  const wanted = wantedOf(scan.format.columns)
  const staged: { readonly from: string; readonly file: ResolvedFile }[] = []
  for (const file of scan.files) {
    const opened = await openMmdbFile(file.path, await plainPath(file, context))
    const path = join(context.scratch, `${randomUUID()}.ndjson`)
    const out = createWriteStream(path)
    await pipeline(lines(opened, wanted, context.signal), out)
    staged.push({ from: file.path, file: { path, size: out.bytesWritten, mtimeMs: file.mtimeMs } })
  }
  const columns = scan.format.columns.map((c): SourceColumn => ({ ...c, from: memberPath(c.name) }))
  const json = await openJson(
    {
      format: { kind: 'json', layout: 'lines', columns },
      schema: scan.schema,
      files: staged.map((s) => s.file),
    },
    context,
  )
  return {
    select: json.select,
    finish: async (observed) => {
      const rejects = await json.finish(observed)
      if (rejects === undefined) return undefined
      const arms = staged.map((s) => `WHEN ${quoteText(s.file.path)} THEN ${quoteText(s.from)}`)
      const sql = `SELECT replace(rule, 'json.', 'mmdb.') AS rule, reason, CASE source ${arms.join(' ')} END AS source, line, CAST(NULL AS BIGINT) AS "offset", original FROM (${rejects.sql})`
      return { sql, rows: rejects.rows }
    },
  }
}

async function plainPath(file: ResolvedFile, context: ReadContext): Promise<string> {
  const { path } = await unpackText(file, {
    encoding: 'utf-8',
    scratch: context.scratch,
    name: `${randomUUID()}.mmdb`,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  })
  return path
}

/** The path of a member by its name, whatever the name is. */
const memberPath = (name: string): string => `$."${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`

function wantedOf(columns: readonly SourceColumn[]): readonly Wanted[] {
  return columns
    .filter((c) => !Object.hasOwn(own, c.name))
    .map(({ name, from }) => ({ name, steps: from === '$' ? [] : memberSteps(from) }))
}

function* lines(
  file: MmdbFile,
  wanted: readonly Wanted[],
  signal: AbortSignal | undefined,
): Generator<string> {
  const kept = new Map<number, string>()
  let chunk = ''
  for (const network of networksOf(file)) {
    let values = kept.get(network.pointer)
    if (values === undefined) {
      values = valuesOf(file.record(network.pointer), wanted)
      if (kept.size >= maxKept) kept.clear()
      kept.set(network.pointer, values)
    }
    const head = Object.entries(own).map(([name, of]) => `"${name}":${of(network)}`)
    chunk += `{${head.join(',')}${values}}\n`
    if (chunk.length < chunkCharacters) continue
    signal?.throwIfAborted()
    yield chunk
    chunk = ''
  }
  yield chunk
}

function valuesOf(record: unknown, wanted: readonly Wanted[]): string {
  const members = wanted.flatMap(({ name, steps }) => {
    const value = steps.reduce(memberOf, record)
    return value === undefined ? [] : [`,${JSON.stringify(name)}:${jsonOf(value)}`]
  })
  return members.join('')
}

function memberOf(value: unknown, step: string): unknown {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return undefined
  return Object.hasOwn(value, step) ? (value as Readonly<Record<string, unknown>>)[step] : undefined
}

/** A decoded value as JSON: whole numbers with all their digits, bytes as base64, what is no number in JSON as a text. */
function jsonOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
  if (Buffer.isBuffer(value)) return `"${value.toString('base64')}"`
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${jsonOf(member)}`)
    .join(',')}}`
}
