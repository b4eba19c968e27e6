import type { Counts, Progress } from '../engine/contract.ts'
import type { Diagnostic, EtlError } from '../base/errors.ts'
import type { DeliveryAction, DeliveryCounts } from '../target/position.ts'

/** How one table of a run ended. */
export interface TableReport {
  readonly table: string
  readonly outcome: 'unchanged' | 'published' | 'failed' | 'skipped'
  readonly action: 'none' | 'append' | 'merge' | 'full'
  readonly reasons: readonly string[]
  readonly counts?: Counts
  readonly files?: number
  readonly bytes?: number
  readonly durationMs: number
  readonly snapshot?: string
  /** What was read in a way that the user may not expect; absent when there is nothing to say. */
  readonly warnings?: readonly Diagnostic[]
  readonly error?: EtlError
}

/** How one target of a run ended. */
export interface TargetReport {
  readonly target: string
  readonly outcome: 'unchanged' | 'delivered' | 'failed' | 'skipped'
  readonly action: DeliveryAction
  readonly reasons: readonly string[]
  readonly counts?: DeliveryCounts
  readonly durationMs: number
  /** The snapshot of its table that the target accounts for. */
  readonly snapshot?: string
  readonly error?: EtlError
}

export interface RunReport {
  readonly run: string
  readonly outcome: 'done' | 'failed'
  readonly durationMs: number
  readonly tables: readonly TableReport[]
  readonly targets: readonly TargetReport[]
}

/** What happens while a run goes on, in order. */
export type RunEvent =
  | { readonly kind: 'renamed'; readonly table: string; readonly from: string }
  | {
      readonly kind: 'started'
      readonly table: string
      readonly action: string
      readonly reasons: readonly string[]
    }
  | {
      readonly kind: 'progress'
      readonly table: string
      readonly progress: Progress
      readonly elapsedMs: number
    }
  | { readonly kind: 'retrying'; readonly table: string; readonly attempt: number; readonly error: EtlError }
  | { readonly kind: 'finished'; readonly report: TableReport }
  | {
      readonly kind: 'delivering'
      readonly target: string
      readonly action: string
      readonly reasons: readonly string[]
    }
  | { readonly kind: 'delivered'; readonly report: TargetReport }
