import type { FileScan } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { withOrigins } from './origin.ts'

/** Opens source files as a relation, by their format. A format's reader is loaded when it is first needed. */
export async function openFiles(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  return withOrigins(await openFormat(scan, context), scan.files)
}

async function openFormat(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  // Only delimited text is looked at ahead, and what turned out to be another format was in vain.
  if (scan.format.kind !== 'csv') await context.ahead?.[Symbol.asyncDispose]()
  switch (scan.format.kind) {
    case 'csv':
      return (await import('./csv.ts')).openCsv(scan, context)
    case 'json':
      return (await import('./json.ts')).openJson(scan, context)
    case 'parquet':
      return (await import('./parquet.ts')).openParquet(scan, context)
    case 'mmdb':
      return (await import('./mmdb.ts')).openMmdb(scan, context)
    case 'access-log':
      return (await import('./access-log.ts')).openAccessLog(scan, context)
    case 'grok':
      return (await import('./grok.ts')).openGrok(scan, context)
  }
}
