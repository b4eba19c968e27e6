import { mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { accessLog } from '../connector/access-log.ts'
import type { Columns, ColumnSpec } from '../connector/column.ts'
import type { FilesSource } from '../connector/contract.ts'
import { csv } from '../connector/csv.ts'
import { inferCsv } from '../connector/csv-infer.ts'
import { inferFile } from '../connector/infer.ts'
import { jsonArray, ndjson } from '../connector/json.ts'
import { discover, listFiles } from '../connector/listing.ts'
import { parquet } from '../connector/parquet.ts'
import type { Engine, ExportCompression, ExportFormat, ExportResult, Progress } from '../engine/contract.ts'

export interface ConvertOptions {
  readonly engine: Engine
  /** A file, a folder, or a glob. */
  readonly input: string
  /** A file, or with `partitionBy` a folder. */
  readonly output: string
  readonly format?: ExportFormat
  readonly compression?: ExportCompression
  readonly partitionBy?: readonly string[]
  /** Keep every value of text formats as text. */
  readonly text?: boolean
  readonly overwrite?: boolean
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface ConvertResult extends ExportResult {
  readonly inputFiles: number
  readonly warnings: readonly string[]
}

const formats: Readonly<Record<string, ExportFormat>> = {
  parquet: 'parquet',
  csv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'ndjson',
}

function formatOf(options: ConvertOptions): ExportFormat {
  if (options.format !== undefined) return options.format
  const name = path.basename(options.output).replace(/\.(gz|zst)$/, '')
  const format = formats[name.split('.').at(-1) ?? '']
  if (format !== undefined) return format
  if ((options.partitionBy ?? []).length > 0) return 'parquet'
  throw new EtlError('config.invalid', `the name ${options.output} does not tell the format`, {
    hint: 'End it in .parquet, .csv or .ndjson, or pass --format.',
  })
}

function compressionOf(options: ConvertOptions, format: ExportFormat): ExportCompression {
  if (options.compression !== undefined) return options.compression
  if (options.output.endsWith('.gz')) return 'gzip'
  if (options.output.endsWith('.zst') || format === 'parquet') return 'zstd'
  return 'none'
}

/** The proposed columns under the names of the source; nothing is required, since nobody declared it. */
function asFound(columns: Columns, text: boolean): Columns {
  const entries = Object.entries(columns).map(([name, spec]): [string, ColumnSpec] => {
    const { type, from, nulls } = spec
    const found = from ?? name
    return text
      ? [found, { type: { kind: 'text' }, nullable: true, ...(nulls ? { nulls } : {}) }]
      : [found, { ...spec, type, nullable: true }]
  })
  return Object.fromEntries(entries)
}

async function sourceOf(
  pattern: string,
  example: string,
  text: boolean,
): Promise<{ source: FilesSource; warnings: readonly string[] }> {
  const found = await inferFile(example)
  const { warnings } = found
  switch (found.connector) {
    case 'csv': {
      const { dialect, columns } = await inferCsv(example)
      return { source: csv(pattern, { columns: asFound(columns, text), dialect }), warnings }
    }
    case 'ndjson':
      return { source: ndjson(pattern, { columns: asFound(found.columns, text) }), warnings }
    case 'jsonArray':
      return { source: jsonArray(pattern, { columns: asFound(found.columns, text) }), warnings }
    case 'parquet':
      return { source: parquet(pattern, { columns: asFound(found.columns, false) }), warnings }
    default:
      return { source: accessLog(pattern), warnings }
  }
}

/**
 * Converts files to Parquet, CSV or NDJSON in one pass. Dialect and types are proposed from the first file; every value
 * must then fit its type exactly, and a record that does not is kept in `<output>.rejected.ndjson` with its place and
 * reason. The output appears whole or not at all.
 */
export async function convert(options: ConvertOptions): Promise<ConvertResult> {
  const input = path.resolve(options.input)
  const isFolder = await stat(input).then(
    (s) => s.isDirectory(),
    () => false,
  )
  const pattern = isFolder ? path.join(input, '**', '*') : input
  const [first] = await listFiles(pattern, '/')
  if (first === undefined) throw new EtlError('config.invalid', `there is no file ${options.input}`)
  const { source, warnings } = await sourceOf(pattern, first.path, options.text ?? false)
  const work = await discover(source, '/', [])
  const format = formatOf(options)
  const output = path.resolve(options.output)
  const scratch = path.join(path.dirname(output), `.${path.basename(output)}.scratch-${process.pid}`)
  await mkdir(scratch, { recursive: true })
  try {
    const result = await options.engine.export({
      plan: { kind: 'scan', input: 'input', schema: source.schema },
      inputs: new Map([['input', { kind: 'files', scan: work.scan }]]),
      format,
      compression: compressionOf(options, format),
      target: output,
      partitionBy: options.partitionBy ?? [],
      overwrite: options.overwrite ?? false,
      scratch,
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    })
    return { ...result, inputFiles: work.scan.files.length, warnings }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
