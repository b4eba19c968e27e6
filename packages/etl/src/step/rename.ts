import type { Columns, NoColumn } from '../plan/columns.ts'
import { field, int64, text } from '../plan/type.ts'
import { fieldsOf, project, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface RenameOptions {
  /** New name by old name. */
  readonly columns: Readonly<Record<string, string>>
}

/** Gives columns new names in place. */
export const renameStep = defineStep<RenameOptions>({
  name: 'rename',
  summary: 'Give columns new names.',
  meaning:
    'Columns keep their place, type and values. All names change at once, so two columns may swap names.',
  options: { columns: { takes: '{ old: new }', meaning: 'The new name of each column.' } },
  lower: (input, { columns }) => {
    const names = Object.keys(columns)
    const fields = fieldsOf(input, names)
    const renamed = new Map(fields.map((f, i) => [f.name, columns[names[i] ?? ''] ?? f.name]))
    return project(
      input,
      input.schema.map((f) => ({ name: renamed.get(f.name) ?? f.name, expression: ref(f) })),
    )
  },
  examples: () => [
    {
      title: 'One new name',
      in: { columns: [field('InvoiceNo', text), field('n', int64, false)], rows: [['536365', '1']] },
      options: { columns: { InvoiceNo: 'invoice_no' } },
      out: { columns: [field('invoice_no', text), field('n', int64, false)], rows: [['536365', '1']] },
    },
    {
      title: 'Swapped names',
      in: { columns: [field('a', text), field('b', int64, false)], rows: [['x', '1']] },
      options: { columns: { a: 'b', b: 'a' } },
      out: { columns: [field('b', text), field('a', int64, false)], rows: [['x', '1']] },
    },
  ],
})

type Renames<C extends Columns, M> = {
  readonly [N in keyof M]: N extends keyof C ? string : NoColumn<C, N & string>
}

type Renamed<C extends Columns, M> = {
  readonly [N in keyof C as N extends keyof M ? Extract<M[N], string> : N]: C[N]
}

/** Gives columns new names: `rename({ InvoiceNo: 'invoice_no' })`. */
export function rename<C extends Columns, const M extends Readonly<Record<string, string>>>(
  columns: M & Renames<C, M>,
): Step<C, Renamed<C, M>> {
  return makeStep(renameStep, { columns })
}
