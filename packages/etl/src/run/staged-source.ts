import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { originsIn, stageScan, type StageOptions } from '../connector/stage.ts'
import type { FileScan } from '../plan/source.ts'
import { isS3 } from '../store/address.ts'
import type { Decision } from './decide.ts'
import type { TableReport } from './report.ts'

/**
 * Runs a table over copies of the objects that its source found in S3. Whatever is said of the copies names the objects.
 * Fails as `stageScan` and the task do.
 */
export async function overCopies(
  decision: Decision,
  options: StageOptions,
  task: (decision: Decision) => Promise<TableReport>,
): Promise<TableReport> {
  const { source } = decision
  if (source?.scan.files.some((file) => isS3(file.path)) !== true) return task(decision)
  const scan = await stageScan(source.scan, options)
  try {
    const report = await task({ ...decision, source: { ...source, scan } })
    const warnings = report.warnings?.map((w) => ({
      ...w,
      message: originsIn(w.message, scan, options.folder),
    }))
    return { ...report, ...(warnings === undefined ? {} : { warnings }) }
  } catch (error) {
    throw named(error, scan, options.folder)
  }
}

/** A failure that names objects where it named their copies. */
export function named(error: unknown, scan: FileScan, folder: string): unknown {
  if (!(error instanceof EtlError)) return error
  const message = originsIn(error.message, scan, folder)
  if (message === error.message) return error
  const { code, hint, params, retry, at, diagnostics, cause } = error
  return new EtlError(code, message, {
    params,
    retry,
    diagnostics,
    cause,
    ...(hint === undefined ? {} : { hint: originsIn(hint, scan, folder) }),
    ...(at === undefined ? {} : { at }),
  })
}

/** Where the copies of a table's objects lie. */
export const copiesFolder = (scratch: string, table: string): string => path.join(scratch, `${table}.objects`)
