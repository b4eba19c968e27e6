import type { Engine, Progress } from '../engine/contract.ts'
import type { Epoch, Lake } from '../lake/contract.ts'
import type { ObjectStore } from '../store/contract.ts'

/** What running one table needs. */
export interface TableRunOptions {
  readonly lake: Lake
  readonly engine: Engine
  readonly run: string
  /** The run's right to publish the table. */
  readonly epoch: Epoch
  /** Paths of declarations begin here. */
  readonly projectFolder: string
  /** Absolute folder for scratch files of this run. */
  readonly scratch: string
  /** Where sources in S3 are read. */
  readonly objects: ObjectStore
  readonly targetFileBytes: number
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}
