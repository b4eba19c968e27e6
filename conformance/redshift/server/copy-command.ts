import { RedshiftError, syntaxError } from './error.ts'
import type { Reader, Relation } from './reader.ts'
import { valueOf } from './tokens.ts'

/** A COPY from a manifest of Parquet files. */
export interface CopyCommand {
  readonly into: Relation
  /** `s3://bucket/key` */
  readonly manifest: string
  /** An ARN, or `default`. */
  readonly role: string
  readonly serializesToJson: boolean
}

/**
 * Reads what follows `COPY`. Columnar files take no column list, no region and no conversions. Source: database developer
 * guide, "COPY from columnar data formats".
 */
export function readCopy(reader: Reader): CopyCommand {
  const into = reader.relation()
  reader.wants('FROM')
  const manifest = valueOf(reader.next())
  let role: string | undefined
  let [isParquet, isManifest, serializesToJson] = [false, false, false]
  while (reader.peek() !== undefined) {
    if (reader.takes('IAM_ROLE')) role = reader.takes('DEFAULT') ? 'default' : valueOf(reader.next())
    else if (reader.takes('FORMAT')) {
      reader.takes('AS')
      reader.wants('PARQUET')
      isParquet = true
    } else if (reader.takes('SERIALIZETOJSON')) serializesToJson = true
    else if (reader.takes('MANIFEST')) isManifest = true
    else throw syntaxError(reader.peek()?.text ?? '')
  }
  if (!isParquet || !isManifest)
    throw new RedshiftError('the stand-in copies from manifests of Parquet files')
  if (role === undefined) throw new RedshiftError('No credentials: IAM_ROLE is missing')
  return { into, manifest, role, serializesToJson }
}
