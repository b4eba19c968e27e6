import { EtlError } from '../../../base/errors.ts'
import type { FileScan } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { openCsv } from './csv.ts'

/** Opens source files as a relation, by their format. */
export async function openFiles(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind === 'csv') return openCsv(scan, context)
  throw new EtlError('engine.refused', `no reader for ${scan.format.kind} yet`)
}
