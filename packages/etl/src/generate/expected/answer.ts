import { join } from 'node:path'
import { openText, type TextSink } from '../sink.ts'
import { csvField } from '../text.ts'
import { type ExpectedName, expectedTables } from './schema.ts'

/** A value of an expected row, already in its canonical text or a safe integer; null is written as the empty field. */
export type Answer = string | number | boolean | null

/** An expected table that is being written. */
export interface AnswerSink extends AsyncDisposable {
  readonly full: boolean
  readonly rows: number
  add(...values: readonly Answer[]): void
  /** Adds a row whose fields are already joined and quoted; for tables of millions of rows. */
  addRow(row: string): void
  flush(): Promise<void>
  finish(): Promise<void>
}

const fieldText = (value: Answer): string =>
  value === null ? '' : typeof value === 'string' ? csvField(value) : String(value)

/** Opens `<folder>/<table>.csv` for the rows of an expected table. */
export async function openAnswers(folder: string, name: ExpectedName): Promise<AnswerSink> {
  const table = expectedTables[name]
  const out: TextSink = await openText(join(folder, table.file))
  out.add(`${table.columns.map((column) => column.name).join(',')}\n`)
  let rows = 0
  return {
    get full() {
      return out.full
    },
    get rows() {
      return rows
    },
    add(...values) {
      let text = fieldText(values[0] ?? null)
      for (let at = 1; at < values.length; at++) text += `,${fieldText(values[at] ?? null)}`
      out.add(`${text}\n`)
      rows++
    },
    addRow(row) {
      out.add(row)
      out.add('\n')
      rows++
    },
    flush: out.flush,
    finish: out.finish,
    [Symbol.asyncDispose]: () => out[Symbol.asyncDispose](),
  }
}
