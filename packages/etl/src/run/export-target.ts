import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import type {
  Engine,
  ExportCompression,
  ExportFormat,
  ExportRequest,
  ExportResult,
  Progress,
} from '../engine/contract.ts'
import { openScratch } from '../base/scratch.ts'

/** Where and how plain files are written. */
export interface ExportTarget {
  /** A file, or with `partitionBy` a folder. */
  readonly output: string
  /** Default: by the name of the output; Parquet for folders. */
  readonly format?: ExportFormat
  /** Default: by the name of the output; zstd for Parquet. */
  readonly compression?: ExportCompression
  readonly partitionBy?: readonly string[]
  readonly overwrite?: boolean
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

const formats: Readonly<Record<string, ExportFormat>> = {
  parquet: 'parquet',
  csv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'ndjson',
}

function formatOf(target: ExportTarget): ExportFormat {
  if (target.format !== undefined) return target.format
  const name = path.basename(target.output).replace(/\.(gz|zst)$/, '')
  const format = formats[name.split('.').at(-1) ?? '']
  if (format !== undefined) return format
  if ((target.partitionBy ?? []).length > 0) return 'parquet'
  throw new EtlError('config.invalid', `the name ${target.output} does not tell the format`, {
    hint: 'End it in .parquet, .csv or .ndjson, or pass --format.',
  })
}

function compressionOf(target: ExportTarget, format: ExportFormat): ExportCompression {
  if (target.compression !== undefined) return target.compression
  if (target.output.endsWith('.gz')) return 'gzip'
  if (target.output.endsWith('.zst') || format === 'parquet') return 'zstd'
  return 'none'
}

/** Where exports into a folder keep their drafts: the same file system, and no glob of a reader matches it. */
const scratchName = '.securecart-scratch'

/** Where an export keeps its drafts, absolute. */
export const scratchOf = (target: Pick<ExportTarget, 'output'>): string =>
  path.join(path.dirname(path.resolve(target.output)), scratchName)

/**
 * Writes a plan's rows to a target. The output appears whole or not at all. What a killed export left in the same folder
 * is removed.
 */
export async function exportTo(
  engine: Engine,
  rows: Pick<ExportRequest, 'plan' | 'inputs' | 'beforePublish'>,
  target: ExportTarget,
): Promise<ExportResult> {
  const format = formatOf(target)
  const output = path.resolve(target.output)
  await using scratch = await openScratch(scratchOf(target))
  return await engine.export({
    ...rows,
    format,
    compression: compressionOf(target, format),
    target: output,
    partitionBy: target.partitionBy ?? [],
    overwrite: target.overwrite ?? false,
    scratch: scratch.folder,
    ...(target.onProgress ? { onProgress: target.onProgress } : {}),
    ...(target.signal ? { signal: target.signal } : {}),
  })
}
