import type { IdField, LakeFile, PartitionField } from '../engine/contract.ts'
import type { Schema } from '../plan/type.ts'
import type { DuckdbWarehouse } from './duckdb.ts'
import type { PostgresWarehouse } from './postgres.ts'
import type { DeliveryAction, DeliveryCounts, Position } from './position.ts'
import type { S3Options } from '../store/s3/options.ts'
import type { RedshiftLayout } from './redshift/layout.ts'
import type { RedshiftWarehouse } from './redshift.ts'

/** A database that targets are delivered into: frozen, declared data. */
export type Warehouse = PostgresWarehouse | DuckdbWarehouse | RedshiftWarehouse

export const targetModes = ['append', 'replace', 'merge', 'partition', 'history'] as const

/**
 * What a delivery does with the rows that are there: `append` adds new ones; `replace` builds the table anew; `merge` has
 * one row a key, the newest; `partition` replaces whole partitions; `history` keeps every version of a key (type 2).
 */
export type TargetMode = (typeof targetModes)[number]

export const nulPolicies = ['refuse', 'strip', 'replace'] as const

/**
 * What becomes of the NUL character in text, which PostgreSQL and Redshift cannot hold: the delivery is refused, the character is left
 * out, or U+FFFD stands for it.
 */
export type NulPolicy = (typeof nulPolicies)[number]

/** What a target makes of a table's rows, besides the rows: pure data, fingerprinted. */
export interface TargetShape {
  readonly mode: TargetMode
  /** Columns that identify a row; none are NULL. Empty where the mode needs none. */
  readonly key: readonly string[]
  /** Of several rows of one key the one with the largest of these columns stays. */
  readonly order: readonly string[]
  readonly partition?: PartitionField
  readonly nul: NulPolicy
}

/** The table in the warehouse. */
export interface TargetTable extends TargetShape {
  /** What positions are kept under; stays when the target is renamed. */
  readonly id: string
  /** The schema and the name of the table. */
  readonly schema: string
  readonly name: string
  /** The delivered columns, in order. */
  readonly columns: Schema
  readonly indexes: readonly (readonly string[])[]
  /** Columns that the target has and the table no longer: kept, and NULL in new rows, or dropped. */
  readonly removedColumns: 'keep' | 'drop'
  /** How the table lies in Redshift; other warehouses have none. */
  readonly layout?: RedshiftLayout
}

/** The partitions of a delivery, as canonical text of their first value (NULL: those without one). */
export type PartitionValue = string | null

/** The rows of a delivery: files of one lake table. */
export interface DeliveredRows {
  readonly files: readonly LakeFile[]
  readonly schema: readonly IdField[]
  /** Rows that the files hold together. */
  readonly rows: number
  /**
   * The files that only the delivered state has, and those that only the present one has. Their rows tell which partitions
   * (mode `partition`) or keys (mode `merge`) changed: only those are delivered.
   */
  readonly changed?: { readonly before: readonly LakeFile[]; readonly after: readonly LakeFile[] }
}

export interface Delivery {
  readonly target: TargetTable
  readonly action: DeliveryAction
  readonly rows: DeliveredRows
  /** For `history`: keys that are not among the rows have gone. */
  readonly complete: boolean
  /** The position that the delivery was decided on; it must still hold at commit. */
  readonly base: Position | undefined
  /** The right to commit, see `WarehouseSession.takeEpoch`. */
  readonly epoch: number
  /** What the target accounts for afterwards; counts are filled in by the delivery. */
  readonly position: Omit<Position, 'rows' | 'counts'>
  /** The least rows that a full refresh may leave; fewer are refused. */
  readonly leastRows: number
  readonly signal?: AbortSignal
}

/** What opening a warehouse needs besides its declaration. */
export interface WarehouseContext {
  readonly projectFolder: string
  /** Absolute folder for scratch files. */
  readonly scratch: string
  readonly memoryLimitBytes: number
  readonly threads: number
  /** How S3 is reached. */
  readonly s3?: S3Options
  /** Nothing will be written. */
  readonly readOnly?: boolean
}

/** A connection to a warehouse. */
export interface WarehouseSession extends AsyncDisposable {
  /** What a target accounts for; undefined before its first delivery. */
  position(target: string): Promise<Position | undefined>
  /** Takes the next epoch of a target. Once it has delivered, older ones are refused. */
  takeEpoch(target: string): Promise<number>
  /**
   * Delivers rows and position in one transaction: readers see all of it or nothing. Fails with `target.conflict`
   * (transient) when the position is no longer the base, and with `target.fenced` when a newer epoch has delivered. When
   * the answer to the commit is lost the position is read again: what did land is not repeated.
   */
  deliver(delivery: Delivery): Promise<DeliveryCounts>
}
