import type { Rows } from '../../packages/etl/src/author/typescript/index.ts'
import type { PartitionField } from '../../packages/etl/src/engine/contract.ts'
import type { Columns } from '../../packages/etl/src/plan/columns.ts'

/** One shape of plan over the wide input. */
export interface MemoryCase {
  readonly name: string
  /** Whether it runs without being asked for, as the one that stands for others. */
  readonly telling?: true
  /** Which part of the rows it runs over, for shapes that multiply rows. Default: all. */
  readonly part?: number
  readonly plan: (rows: number) => Rows<Columns>
  /** New rows that are merged into the published ones by `id`: the files that hold their keys are looked for first. */
  readonly merges?: () => Rows<Columns>
  readonly partition?: readonly PartitionField[]
  /** MiB that the process may take beyond what all cases may. */
  readonly slackMiB?: number
  /** A SELECT list over `out`, the rows that the case wrote. */
  readonly found: string
  /** The same values computed without the plan's operator, over the numbers `id` from 0 to `rows` - 1. */
  readonly expected: (rows: number) => string
}

/** Prints a SELECT over the ids of the input. */
export const overIds = (list: string, rows: number): string => `SELECT ${list} FROM range(${rows}) t(id)`
