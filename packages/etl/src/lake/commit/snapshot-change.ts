import type { DataFile, Summary } from '../contract.ts'

/** One new snapshot to be made. */
export interface SnapshotChange {
  readonly branch: string
  readonly operation: 'append' | 'overwrite' | 'replace'
  readonly added: readonly DataFile[]
  /** Paths, or all live files. */
  readonly removed: readonly string[] | 'all'
  readonly summary: Summary
}
