import { tmpdir } from 'node:os'
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
import { isS3 } from '../store/address.ts'
import type { ObjectStore } from '../store/contract.ts'
import { exportObjects } from './export-objects.ts'

/** Where and how plain files are written. */
export interface ExportTarget {
  /** A file, or with `partitionBy` a folder, here or in S3 (`s3://bucket/…`). */
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

/** Where an export keeps its drafts, absolute; those of objects lie in the folder for temporary files. */
export const scratchOf = ({ output }: Pick<ExportTarget, 'output'>): string =>
  isS3(output)
    ? path.join(tmpdir(), 'securecart-export')
    : path.join(path.dirname(path.resolve(output)), scratchName)

/** Rows to be written. */
export type ExportRows = Pick<ExportRequest, 'plan' | 'inputs' | 'beforePublish'>

/**
 * Writes a plan's rows to a target. The output appears whole or not at all; in S3 that holds for one object, and a folder is
 * whole once it has the object `_SUCCESS`. What a killed export left in the same folder is removed.
 */
export async function exportTo(
  engine: Engine,
  rows: ExportRows,
  target: ExportTarget,
  objects: ObjectStore,
): Promise<ExportResult> {
  await using scratch = await openScratch(scratchOf(target))
  const write = (output: string): Promise<ExportResult> =>
    writeFiles(engine, rows, { ...target, output }, scratch.folder)
  const { output, partitionBy = [], overwrite = false, signal } = target
  if (!isS3(output)) return await write(path.resolve(output))
  const isFolder = partitionBy.length > 0
  return await exportObjects({
    output,
    isFolder,
    overwrite,
    signal,
    objects,
    write,
    scratch: scratch.folder,
  })
}

function writeFiles(
  engine: Engine,
  rows: ExportRows,
  target: ExportTarget,
  scratch: string,
): Promise<ExportResult> {
  const format = formatOf(target)
  const { output } = target
  return engine.export({
    ...rows,
    format,
    compression: compressionOf(target, format),
    target: output,
    partitionBy: target.partitionBy ?? [],
    overwrite: target.overwrite ?? false,
    scratch,
    ...(target.onProgress ? { onProgress: target.onProgress } : {}),
    ...(target.signal ? { signal: target.signal } : {}),
  })
}
