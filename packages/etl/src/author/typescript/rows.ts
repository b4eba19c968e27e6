import { EtlError, type Diagnostic } from '../../base/errors.ts'
import type { Source } from '../../connector/contract.ts'
import type { Columns, ColumnsOf, TypeSpec } from '../../plan/columns.ts'
import type { Step } from '../../step/contract.ts'
import type { Origin, Rows } from './pipe.ts'

/** The columns that a source declares, if its type says so. */
export type SourceColumns<S> = S extends {
  readonly columns: infer D extends Readonly<Record<string, TypeSpec>>
}
  ? ColumnsOf<D>
  : Columns

const isStep = (value: unknown): value is Step =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'step'

/** Makes the rows of an origin after steps. */
export function makeRows<C extends Columns>(
  origin: Origin,
  steps: readonly Step[],
  misuse: readonly Diagnostic[] = [],
): Rows<C> {
  const pipe = (...more: readonly unknown[]): Rows => {
    const wrong = more
      .filter((s) => !isStep(s))
      .map((s): Diagnostic => ({
        code: 'config.invalid',
        severity: 'error',
        message: `pipe takes steps such as filter(…) and derive(…), not ${typeof s === 'function' ? `the function ${s.name}` : String(s)}`,
      }))
    return makeRows(origin, [...steps, ...more.filter(isStep)], [...misuse, ...wrong])
  }
  return Object.freeze({ kind: 'rows', origin, steps, misuse, pipe }) as unknown as Rows<C>
}

/** Rows of a source, to be piped through steps: `from(csv('orders/*.csv', { … })).pipe(…)`. */
export function from<const S extends Source>(source: S): Rows<SourceColumns<S>> {
  if (!['files', 'remote'].includes(String((source as { kind?: unknown } | undefined)?.kind))) {
    throw new EtlError('config.invalid', 'from takes a source such as csv(…)', {
      hint: 'A table is piped directly: orders.pipe(…)',
    })
  }
  return makeRows({ kind: 'source', source }, [])
}
