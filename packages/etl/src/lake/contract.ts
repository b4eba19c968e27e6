import type { IdField, LakeFile, PartitionField, PartitionValues } from '../engine/contract.ts'
import type { LogicalType, Schema } from '../plan/type.ts'

/** Column statistics of one data file, by field id. Bounds are Iceberg single-value binary. */
export interface ColumnStats {
  readonly sizes: ReadonlyMap<number, number>
  readonly valueCounts: ReadonlyMap<number, number>
  readonly nullCounts: ReadonlyMap<number, number>
  readonly nanCounts: ReadonlyMap<number, number>
  readonly lower: ReadonlyMap<number, Uint8Array>
  readonly upper: ReadonlyMap<number, Uint8Array>
}

/** A finished Parquet file, ready to be published. */
export interface DataFile extends LakeFile {
  readonly partition: PartitionValues
  readonly specId?: number
  readonly stats?: ColumnStats
  readonly splitOffsets?: readonly number[]
}

/** Free-form keys of a snapshot summary; the ledger lives here under `securecart.*`. */
export type Summary = Readonly<Record<string, string>>

export interface Snapshot {
  readonly id: bigint
  readonly parentId: bigint | undefined
  readonly sequenceNumber: number
  readonly timestampMs: number
  readonly operation: 'append' | 'replace' | 'overwrite' | 'delete'
  readonly schemaId: number
  readonly manifestList: string
  readonly summary: Summary
}

/** One side of a schema change; columns are matched by field id. */
export type SchemaChange =
  | { readonly kind: 'add'; readonly name: string; readonly type: LogicalType; readonly nullable: boolean }
  | { readonly kind: 'drop'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  /** A wider integer, a decimal of more digits and the same scale, uint64→decimal; anything else is refused. */
  | { readonly kind: 'widen'; readonly name: string; readonly type: LogicalType }
  | { readonly kind: 'relax'; readonly name: string }

/** A comparison that file pruning understands: column, operator, canonical literals. */
export interface FileFilter {
  readonly column: string
  readonly op: '=' | '<' | '<=' | '>' | '>=' | 'in' | 'is-null' | 'not-null'
  readonly values: readonly string[]
}

/** Which state of a table to read: a snapshot id, a branch or tag, or the last snapshot at or before a time. */
export type AsOf = { readonly snapshot: bigint } | { readonly ref: string } | { readonly timestampMs: number }

/** A table as of one metadata file: immutable. */
export interface LakeTable {
  readonly name: string
  readonly uuid: string
  readonly location: string
  readonly metadataLocation: string
  readonly schema: readonly IdField[]
  readonly partition: readonly PartitionField[]
  readonly properties: Readonly<Record<string, string>>
  readonly current: Snapshot | undefined
  /** The snapshot whose rows the current one holds: compactions, which change no row, are seen through. */
  readonly rowsOf: bigint | undefined
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly refs: ReadonlyMap<string, { readonly snapshotId: bigint; readonly type: 'branch' | 'tag' }>
  /** The live data files of a state, pruned by all filters (a kept file may still hold rows that do not match). */
  files(options?: {
    readonly asOf?: AsOf
    readonly filters?: readonly FileFilter[]
  }): Promise<readonly DataFile[]>
  /**
   * The files added after snapshot `from` (exclusive) up to the current one, or `undefined` when the span is not purely
   * appends (then the reader must take the whole table).
   */
  appendedSince(from: bigint): Promise<readonly DataFile[] | undefined>
  schemaAt(asOf: AsOf): readonly IdField[]
}

export interface CreateTable {
  readonly name: string
  readonly schema: Schema
  readonly partition: readonly PartitionField[]
  readonly properties?: Readonly<Record<string, string>>
}

/**
 * Changes to one or several tables that become visible together or not at all. Operations on a table are applied in
 * call order onto the state it was loaded in.
 */
export interface Transaction {
  /** Whether a table exists in the state this transaction builds on. */
  has(name: string): boolean
  create(table: CreateTable): readonly IdField[]
  /** Returns the schema with ids after the change. */
  evolve(name: string, changes: readonly SchemaChange[]): readonly IdField[]
  setPartition(name: string, partition: readonly PartitionField[]): void
  setProperties(name: string, properties: Readonly<Record<string, string>>): void
  /** Adds files in one new snapshot. `branch` (default main) receives it. Empty `files` record positions only. */
  append(
    name: string,
    files: readonly DataFile[],
    summary: Summary,
    options?: { readonly branch?: string },
  ): void
  /**
   * Removes `removed` (paths), or all files (`'all'`), and adds `files`, in one snapshot. Fails at commit with
   * `lake.missing-file` when a removed path is not live. `operation: 'replace'` says that the rows stay the same
   * (compaction); row counts must then be equal.
   */
  overwrite(
    name: string,
    change: { readonly removed: readonly string[] | 'all'; readonly files: readonly DataFile[] },
    summary: Summary,
    options?: { readonly branch?: string; readonly operation?: 'overwrite' | 'replace' },
  ): void
  /** Removes snapshots by id; refuses those that a branch or tag points at. Their files stay until they are swept. */
  forget(name: string, snapshots: readonly bigint[]): void
  rollback(name: string, snapshot: bigint): void
  setRef(name: string, ref: string, snapshot: bigint, type: 'branch' | 'tag'): void
  dropRef(name: string, ref: string): void
  /** Makes main point at the head of a branch: the swap of "build beside and swap". */
  promote(name: string, branch: string): void
  drop(name: string): void
  /** Names other files, as the summaries do: nothing is published unless they exist. */
  require(files: readonly string[]): void
  /**
   * Publishes everything. Fails with `lake.conflict` (retry: transient) when a table changed since it was loaded, and
   * with `lake.fenced` when a newer epoch has published. After an unknown outcome call again: a commit that did land is
   * recognised and not repeated.
   */
  commit(): Promise<void>
}

/**
 * A run's right to commit. Once an epoch has published, older ones of its scope are refused; until then they may still
 * publish, so that work which takes longer than the pause between two starts is not refused for ever.
 */
export interface Epoch {
  readonly scope: string
  readonly number: number
}

export interface BeginOptions {
  readonly epoch?: Epoch
  /** Tables that decisions were based on: the commit conflicts when one of them has changed since it was loaded. */
  readonly base?: readonly LakeTable[]
  /** Names of all tables that the transaction may touch besides `base`; default: any. Others are not loaded. */
  readonly tables?: readonly string[]
  /**
   * What is done about added data files before they are published: `sync` makes them durable and checks that they
   * exist (default), `exists` only checks (the writer has synced them), `none` trusts the caller.
   */
  readonly dataFiles?: 'sync' | 'exists' | 'none'
}

/** A table as it was loaded, and the name that it shall have. */
export interface Rename {
  readonly table: LakeTable
  readonly to: string
}

/** Folder of tables and their catalog. */
export interface Lake extends AsyncDisposable {
  tables(): Promise<readonly string[]>
  load(name: string): Promise<LakeTable | undefined>
  /** Takes the next epoch of a scope; older holders can no longer commit under it once it has published. */
  takeEpoch(scope: string): Promise<Epoch>
  /** Starts a transaction on the tables as they are now. */
  begin(options?: BeginOptions): Promise<Transaction>
  /**
   * Gives tables other names, all at once, so that two may change places. Files, history and identity stay as and where
   * they are, and the old names are free. Fails with `lake.exists` when a name belongs to a table that keeps it, and with
   * `lake.conflict` when a table changed since it was loaded.
   */
  rename(renames: readonly Rename[]): Promise<void>
  /** An absolute, new, empty folder below the table's data folder for one writer. */
  newDataFolder(name: string): Promise<string>
  /** An absolute folder below the table's metadata for immutable position files that snapshot summaries point to. */
  positionFolder(name: string): Promise<string>
  /** What a summary names a file of this lake by: in a folder its absolute path, in S3 its address. */
  nameOf(path: string): string
  /** Reads a small file whole that a summary names. Fails with `lake.corrupt`. */
  read(name: string): Promise<Buffer>
  /** Has data files at their paths until it is disposed of, for an engine to read. Fails with `lake.missing-file`. */
  hold(
    files: readonly { readonly path: string; readonly bytes?: number }[],
    signal?: AbortSignal,
  ): Promise<AsyncDisposable>
}
