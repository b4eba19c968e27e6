import type { FileScan } from '../../../plan/source.ts'
import { openAccessLog } from './access-log.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { openCsv } from './csv.ts'
import { openJson } from './json.ts'
import { openParquet } from './parquet.ts'

/** Opens source files as a relation, by their format. */
export async function openFiles(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  switch (scan.format.kind) {
    case 'csv':
      return openCsv(scan, context)
    case 'json':
      return openJson(scan, context)
    case 'parquet':
      return openParquet(scan, context)
    case 'access-log':
      return openAccessLog(scan, context)
  }
}
