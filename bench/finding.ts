import type { Budget } from './budgets.ts'

/** What every case is given. */
export interface BenchContext {
  /** Folder with `orders.csv`, `customers.csv` and `products.csv`. */
  readonly data: string
  /** Folder for outputs; a case cleans up after itself. */
  readonly work: string
  readonly rounds: number
}

/** One measured budget with what stands behind it. */
export interface Finding {
  readonly budget: Budget
  readonly value: number
  readonly detail: string
}
