import { stat } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { accessLog } from '../connector/access-log.ts'
import type { Columns, ColumnSpec } from '../connector/column.ts'
import type { FilesSource } from '../connector/contract.ts'
import { csv } from '../connector/csv.ts'
import { warnOfUndeclared } from '../connector/csv-undeclared.ts'
import { grok } from '../connector/grok.ts'
import { inferListed } from '../connector/infer-object.ts'
import { inferFile } from '../connector/infer.ts'
import type { Inference } from '../connector/inference.ts'
import { jsonArray, ndjson } from '../connector/json.ts'
import { assertUnchanged, discover, listAny, type ListedFile } from '../connector/listing.ts'
import { parquet } from '../connector/parquet.ts'
import { originsIn, stageScan } from '../connector/stage.ts'
import type { Engine, ExportResult } from '../engine/contract.ts'
import { isS3 } from '../store/address.ts'
import type { ObjectStore } from '../store/contract.ts'
import { openS3, type S3Options } from '../store/s3/index.ts'
import { type ExportTarget, exportTo, scratchOf } from './export-target.ts'
import { openScratch } from '../base/scratch.ts'
import { named } from './staged-source.ts'

export interface ConvertOptions extends ExportTarget {
  readonly engine: Engine
  /** A file, a folder, or a glob, here or in S3 (`s3://bucket/…`). */
  readonly input: string
  /** How S3 is reached. */
  readonly s3?: S3Options
  /** Keep every value of text formats as text. */
  readonly text?: boolean
}

export interface ConvertResult extends ExportResult {
  readonly inputFiles: number
  readonly warnings: readonly string[]
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

function sourceOf(
  pattern: string,
  found: Inference,
  text: boolean,
): { source: FilesSource; warnings: readonly string[] } {
  const { warnings } = found
  switch (found.connector) {
    case 'csv':
      return {
        source: csv(pattern, {
          columns: asFound(found.columns, text),
          ...(found.dialect ? { dialect: found.dialect } : {}),
        }),
        warnings,
      }
    case 'ndjson':
      return { source: ndjson(pattern, { columns: asFound(found.columns, text) }), warnings }
    case 'jsonArray':
      return { source: jsonArray(pattern, { columns: asFound(found.columns, text) }), warnings }
    case 'parquet':
      return { source: parquet(pattern, { columns: asFound(found.columns, false) }), warnings }
    case 'grok':
      return {
        source: grok(pattern, {
          pattern: found.grok?.pattern ?? [],
          columns: asFound(found.columns, text),
          ...(found.grok?.multiline ? { multiline: found.grok.multiline } : {}),
        }),
        warnings,
      }
    default:
      return { source: accessLog(pattern), warnings }
  }
}

/**
 * Converts files to Parquet, CSV or NDJSON in one pass. Dialect and types are proposed from the first file; every value
 * must then fit its type exactly, and a record that does not is kept in `<output>.rejected.ndjson` with its place and
 * reason. The output appears whole or not at all. Fails with `source.changed` when a file was written to while it was read.
 */
export async function convert(options: ConvertOptions): Promise<ConvertResult> {
  await using objects = openS3(options.s3)
  const pattern = isS3(options.input)
    ? await patternInS3(options.input, objects)
    : await patternHere(path.resolve(options.input))
  const [first] = await listAny(pattern, '/', objects)
  if (first === undefined) throw new EtlError('config.invalid', `there is no file ${options.input}`)
  if (!isS3(first.path)) await options.engine.willRead?.(first)
  const found = await inferAny(first, objects)
  const { source, warnings } = sourceOf(pattern, found, options.text ?? false)
  const { scan: listed } = await discover(source, '/', [], objects)
  await using scratch = await openScratch(scratchOf(options))
  const folder = path.join(scratch.folder, 'objects')
  const { signal } = options
  const scan = await stageScan(listed, { objects, folder, signal, maxBytes: options.s3?.maxStagedBytes })
  try {
    const undeclared = await warnOfUndeclared(scan)
    const result = await exportTo(
      options.engine,
      {
        plan: { kind: 'scan', input: 'input', schema: source.schema },
        inputs: new Map([['input', { kind: 'files', scan }]]),
        beforePublish: () => assertUnchanged(scan.files),
      },
      options,
      objects,
    )
    const told = undeclared === undefined ? [] : [originsIn(undeclared.message, scan, folder)]
    return { ...result, inputFiles: scan.files.length, warnings: [...warnings, ...told] }
  } catch (error) {
    throw named(error, scan, folder)
  }
}

async function patternHere(input: string): Promise<string> {
  const isFolder = await stat(input).then(
    (s) => s.isDirectory(),
    () => false,
  )
  return isFolder ? path.join(input, '**', '*') : input
}

/** An address that names no object but begins others names a folder. */
async function patternInS3(input: string, objects: ObjectStore): Promise<string> {
  if (/[*?{}[\]]/.test(input)) return input
  if (!input.endsWith('/') && (await objects.head(input)) !== undefined) return input
  return `${input.replace(/\/$/, '')}/**/*`
}

async function inferAny(file: ListedFile, objects: ObjectStore): Promise<Inference> {
  const { path: address, size, mtimeMs: modifiedMs, etag } = file
  return etag === undefined ? inferFile(address) : inferListed({ address, size, modifiedMs, etag }, objects)
}
