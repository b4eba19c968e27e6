import { type Columns, text } from '../../packages/etl/src/connector/column.ts'
import type { CsvDialect } from '../../packages/etl/src/plan/source.ts'

/** What must come of a file: rows in order, rejects by line, or the refusal of the file. */
export type Outcome =
  | {
      readonly rows: readonly (readonly unknown[])[]
      readonly rejects?: readonly {
        readonly line: number
        readonly rule: string
        readonly reason: RegExp
        readonly offset?: number | null
        readonly original?: string | RegExp
      }[]
    }
  | { readonly refused: string; readonly message: RegExp }

/** One input and its declared outcome. */
export interface CsvCase {
  readonly name: string
  readonly bytes: Buffer | string | (() => Buffer)
  readonly columns?: Columns
  readonly dialect?: Partial<CsvDialect>
  readonly outcome: Outcome
}

/** Two nullable text columns: what cases declare unless they say otherwise. */
export const twoTexts: Columns = { a: text(), b: text() }
