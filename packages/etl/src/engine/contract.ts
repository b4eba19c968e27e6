import type { Diagnostic } from '../base/errors.ts'
import type { Node } from '../plan/node.ts'
import type { FileScan, ResolvedFile } from '../plan/source.ts'
import type { Field, LogicalType, Schema } from '../plan/type.ts'

/** A field of a lake table with its Iceberg field id, by which files and schemas match across renames. */
export interface IdField extends Field {
  readonly id: number
  /** Ids of nested members, in the order of the type's own members (list: element; map: key, value). */
  readonly nested?: readonly IdField[]
}

/** What a scan node is bound to. */
export type ScanBinding =
  /** Parquet files of a lake table; columns are matched by field id, so files may be older than the schema. */
  | {
      readonly kind: 'lake'
      readonly files: readonly LakeFile[]
      readonly schema: readonly IdField[]
      /** The files were made here and are not in the lake, or not yet: they are at their paths without being held. */
      readonly isLocal?: true
    }
  /** Files of a connector. */
  | { readonly kind: 'files'; readonly scan: FileScan }

/** One data file as the engine needs it. Paths are absolute. */
export interface LakeFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

/** How one partition value is computed from a column (Iceberg transforms). */
export type Transform =
  | { readonly kind: 'identity' | 'year' | 'month' | 'day' | 'hour' }
  | { readonly kind: 'truncate'; readonly width: number }
  | { readonly kind: 'bucket'; readonly count: number }

export interface PartitionField {
  /** The name of the partition field in metadata and folder names: `region`, `ordered_at_month`. */
  readonly name: string
  readonly column: string
  readonly transform: Transform
}

/**
 * Partition values in the order of the partition fields, canonical text of the transform's *result*; null is NULL.
 *
 * Identity and truncate give a literal of the source type (`EU`, `2024-01-31`, `12.50`); bucket its number; year, month,
 * day and hour Iceberg's ordinal since 1970-01-01T00:00 in decimal digits: 2024-03 is `650` for month, 1970-01-02 is `1`
 * for day, moments before 1970 are negative.
 */
export type PartitionValues = readonly (string | null)[]

export interface WrittenFile {
  /** Absolute path of a finished, fsynced file. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly partition: PartitionValues
}

/** Rows of the plan's inputs and where they went; conservation is checked over these. */
export interface Counts {
  /** Rows (or records) read from the primary input. */
  readonly read: number
  /** Rows produced beyond those read: join and unnest fan-out, unpivot. */
  readonly expanded: number
  readonly written: number
  readonly rejected: number
  readonly filtered: number
  readonly deduplicated: number
  /** Rows that aggregation folded into others. */
  readonly grouped: number
}

/** `read + expanded = written + rejected + filtered + deduplicated + grouped`. */
export function isConserved(c: Counts): boolean {
  return c.read + c.expanded === c.written + c.rejected + c.filtered + c.deduplicated + c.grouped
}

export interface Progress {
  /** An estimate for source files; absent where nothing tells how many there are. */
  readonly rowsRead?: number
  readonly bytesRead?: number
  readonly bytesTotal?: number
  /** 0..1 of the whole materialisation. */
  readonly share: number
  /** What is being done: `read`, `deduplicate`, `write`, `send`. */
  readonly phase: string
}

/** A TypeScript row function: takes and returns whole columns of a chunk, see the `apply` step. */
export type RowFunction = (row: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | null

export interface MaterialiseRequest {
  readonly plan: Node
  /** One binding per scan input of the plan. */
  readonly inputs: ReadonlyMap<string, ScanBinding>
  /** The scan whose rows conservation counts; the first scan on the left spine. */
  readonly primary: string
  /** Output columns with field ids; equals the plan's schema in names, order and types. */
  readonly schema: readonly IdField[]
  readonly partition: readonly PartitionField[]
  /** Absolute folder for finished data files; exists and belongs to this call alone. */
  readonly folder: string
  /** Absolute folder for finished reject files (schema `rejectSchema`); belongs to this call alone. */
  readonly rejectFolder: string
  /** Absolute folder for spill and staging; emptied by the caller. */
  readonly scratch: string
  readonly functions: ReadonlyMap<string, RowFunction>
  readonly targetFileBytes: number
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface MaterialiseResult {
  readonly files: readonly WrittenFile[]
  readonly rejects: readonly WrittenFile[]
  readonly counts: Counts
}

const t = (kind: 'text' | 'int64' | 'timestamp'): LogicalType => ({ kind })

/**
 * The columns of every `<table>$rejected` table: the rule or reader that refused the record, why, where the record
 * stood (source file or upstream table, 1-based line or record number, byte offset where known), and its original text
 * (for bytes that are no UTF-8: `\xNN` escapes).
 */
export const rejectSchema: Schema = [
  { name: 'rule', type: t('text'), nullable: false },
  { name: 'reason', type: t('text'), nullable: false },
  { name: 'source', type: t('text'), nullable: true },
  { name: 'line', type: t('int64'), nullable: true },
  { name: 'offset', type: t('int64'), nullable: true },
  { name: 'original', type: t('text'), nullable: true },
]

/** Asks which files of a table hold rows of the keys that a plan gives. */
export interface KeySearch {
  readonly plan: Node
  readonly inputs: ReadonlyMap<string, ScanBinding>
  /** Key columns, by name in both the plan's and the table's schema. NULL keys are equal. */
  readonly keys: readonly string[]
  readonly files: readonly LakeFile[]
  readonly schema: readonly IdField[]
  readonly scratch: string
  readonly signal?: AbortSignal
}

export type ExportFormat = 'parquet' | 'csv' | 'ndjson'
export type ExportCompression = 'zstd' | 'snappy' | 'gzip' | 'none'

/** Plain files outside the lake. */
export interface ExportRequest {
  readonly plan: Node
  readonly inputs: ReadonlyMap<string, ScanBinding>
  readonly format: ExportFormat
  readonly compression: ExportCompression
  /** Absolute path: a file, or with `partitionBy` a folder of Hive partitions (`region=EU/…`). */
  readonly target: string
  /** Columns whose values become folders and leave the files. */
  readonly partitionBy: readonly string[]
  /** Replace a target that exists; without it that is refused. */
  readonly overwrite: boolean
  /** Absolute folder for spill and the unfinished output, on the file system of the target; emptied by the caller. */
  readonly scratch: string
  /** Awaited when all is written and nothing is visible yet; when it fails, nothing becomes so. */
  readonly beforePublish?: () => Promise<void>
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface ExportResult {
  readonly rows: number
  readonly files: number
  readonly bytes: number
  readonly counts: Counts
  /** Absolute path of the rejected records as NDJSON, beside the target, when there are any. */
  readonly rejects?: string
}

/** A chunk of a query's result, column-wise; values in canonical form (exact numbers as text). */
export interface ResultChunk {
  readonly rows: number
  readonly columns: readonly (readonly unknown[])[]
}

/** Read-only SQL over lake tables. */
export interface Query {
  /** One SELECT; tables are named as declared (`sales.orders`). */
  readonly sql: string
  readonly tables: readonly {
    readonly name: string
    readonly files: readonly LakeFile[]
    readonly schema: readonly IdField[]
  }[]
}

/** A running query; disposing of it ends it. */
export interface QueryResult extends AsyncDisposable {
  readonly schema: Schema
  readonly chunks: AsyncIterable<ResultChunk>
}

/** All an engine is. */
export interface Engine extends AsyncDisposable {
  readonly name: string
  /** Calls that may run at the same time within the engine's limits. */
  readonly concurrency: number
  /** What of a plan and of its table's partitioning the engine cannot run with the promised meaning; empty when it can. */
  refuses(plan: Node, partition?: readonly PartitionField[]): readonly Diagnostic[]
  /**
   * Tells the engine that the next export will read a file, before its format and columns are known, so that it may begin
   * to look at it. A hint: no result depends on it.
   */
  willRead?(file: ResolvedFile): Promise<void>
  /** Runs a plan into data files with counts. A failed or cancelled call leaves only files that nobody references. */
  materialise(request: MaterialiseRequest): Promise<MaterialiseResult>
  /** Writes a plan's rows as plain files. The target appears whole or not at all. */
  export(request: ExportRequest): Promise<ExportResult>
  /** Runs a query; fails with `engine.failed` and the engine's own words when the SQL is wrong. */
  query(request: Query): Promise<QueryResult>
  /** The paths of the table's files that hold at least one key of the plan's rows: what a merge must rewrite. */
  filesHoldingKeys(search: KeySearch): Promise<readonly string[]>
}
