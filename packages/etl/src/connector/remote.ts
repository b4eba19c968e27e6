import path from 'node:path'
import { type Diagnostic, EtlError } from '../base/errors.ts'
import type { LakeFile } from '../engine/contract.ts'
import type { FileFormat, ResolvedFile } from '../plan/source.ts'
import type { Schema } from '../plan/type.ts'
import type { ObjectStore } from '../store/contract.ts'
import type { RemoteSource } from './contract.ts'

/** What lies beyond a position, as far as can be told without reading rows. */
export interface RemoteNews {
  /** Why a fetch may find something; absent when it is known that there is nothing. */
  readonly reason?: string
  /** The next fetch gives everything there is; it replaces the published rows. */
  readonly whole: boolean
}

export interface FetchRequest {
  /** What an earlier fetch said it accounts for; undefined: everything is wanted. */
  readonly position: string | undefined
  /** Absolute folder for the staging files; exists, is empty, and belongs to this call. */
  readonly folder: string
  /** Told now and then; `share` of the whole, 0..1, is absent where nobody knows it. */
  readonly onProgress?: (progress: { readonly records: number; readonly share?: number }) => void
  readonly signal?: AbortSignal
}

/** The keys of a source as of the moment that its records are of. */
export interface PresentKeys {
  /** The key's columns alone, under the names of the source's schema. */
  readonly schema: Schema
  /** Files of keys that are to be judged, in a format of the key's columns. */
  readonly format: FileFormat
  readonly files: readonly ResolvedFile[]
  /** Files of keys of the schema already: field `i` under the field id `i + 1`. */
  readonly typed: readonly LakeFile[]
  readonly keys: number
  /** The bool column that is true in rows that are gone. */
  readonly mark: string
  /** The timestamp column that sorts versions of a row, and its value for what is found now. */
  readonly readAt: { readonly column: string; readonly value: string }
}

/** Records in staging files, and the position that accounts for them once they are published. */
export interface Fetched {
  /** Files of records that no earlier fetch gave. */
  readonly fresh: readonly ResolvedFile[]
  /** More of them that are rows of the source's schema already: Parquet, field `i` under the field id `i + 1`. */
  readonly typed?: readonly LakeFile[]
  /**
   * Files of records that an earlier fetch may have given. Each of them that equals a row which was published with `column`
   * >= `from` (a literal in canonical form; absent: any) or with NULL in it is left out: one record for one row.
   */
  readonly overlap?: {
    readonly files: readonly ResolvedFile[]
    readonly typed?: readonly LakeFile[]
    readonly column: string
    readonly from?: string
    /** Columns that every fetch makes anew, and that say nothing of whether records are equal. */
    readonly ignore?: readonly string[]
  }
  /** The keys of all rows that the service has now: published rows of others are gone, and are marked. */
  readonly present?: PresentKeys
  readonly records: number
  /** Where the records come from, as rejects name it: `localhost:3306/shop.orders`. Default: the connector. */
  readonly place?: string
  /** Text for the ledger. It holds no secret, and does not grow with the number of rows. */
  readonly position: string
  /**
   * Every fetch of this source gives all that is there, whatever the position; a run then keeps in its place by what the
   * next fetch is told to have brought the same.
   */
  readonly isWhole?: true
  /** The position is to be published also where there are no rows, because the old one will not do for ever. */
  readonly isDue?: boolean
  /** What was read in a way that the user may not expect. */
  readonly warnings: readonly Diagnostic[]
}

/** What a connection check saw. */
export interface Probe {
  /** The service in its own words: product and version. */
  readonly service: string
  /** Findings in sentences: what was seen of the table, what rights are missing, what follows from that. */
  readonly notes: readonly string[]
}

/**
 * How one connector asks its service. Each call opens and closes its own connections. Failures are `connection.*` (those
 * that may pass are `transient`) and `source.*`; no message holds a secret.
 */
export interface Remote {
  look(source: RemoteSource, position: string | undefined, signal?: AbortSignal): Promise<RemoteNews>
  /**
   * Reads what lies beyond the position, as of one moment. Whatever was committed in the service before the call, and was
   * not given by the fetch that made the position, is given by this one; when the position is lost, so that this cannot be
   * promised, it fails with `source.position-lost`.
   */
  fetch(source: RemoteSource, request: FetchRequest): Promise<Fetched>
  /** Connects, asks, and tells what it saw. */
  probe(source: RemoteSource, signal?: AbortSignal): Promise<Probe>
}

/** `objects` is where those whose data lie in S3 read them. */
const remotes: Readonly<Record<string, (objects: ObjectStore | undefined) => Promise<Remote>>> = {
  http: async () => (await import('./http/remote.ts')).httpRemote,
  dynamodb: async () => (await import('./dynamodb/remote.ts')).dynamodbRemote,
  'dynamodb-export': async (objects) =>
    (await import('./dynamodb/export-remote.ts')).dynamodbExportRemote(objects),
  mysql: async () => (await import('./mysql/remote.ts')).mysqlRemote,
  'mysql-changes': async () => (await import('./mysql/log/remote.ts')).mysqlChangesRemote,
  postgres: async () => (await import('./postgres/remote.ts')).postgresRemote,
}

/** Loads what asks the service of a source. */
export async function remoteOf(source: RemoteSource, objects?: ObjectStore): Promise<Remote> {
  const load = remotes[source.connector]
  if (load === undefined) throw new EtlError('bug.unreachable', `there is no connector "${source.connector}"`)
  return load(objects)
}

/** The source with the path of its certificates, if it has one, from a folder on. */
export function sourceIn(folder: string, source: RemoteSource): RemoteSource {
  const placed = (at: unknown): unknown =>
    typeof at === 'object' && at !== null && 'ca' in at && typeof at.ca === 'string'
      ? { ...at, ca: path.resolve(folder, at.ca) }
      : at
  const { tls, ...rest } = source.connection
  const connection = placed({ ...rest, ...(tls === undefined ? {} : { tls: placed(tls) }) })
  return { ...source, connection: connection as RemoteSource['connection'] }
}
