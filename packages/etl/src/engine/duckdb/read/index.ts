import { EtlError } from '../../../base/errors.ts'
import type { FileScan } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'

/** Opens source files as a relation, by their format. */
export async function openFiles(scan: FileScan, _context: ReadContext): Promise<OpenedFiles> {
  throw new EtlError('engine.refused', `no reader for ${scan.format.kind} yet`)
}
