import { fingerprint } from '../base/json.ts'
import type { ColumnName, Columns, ColumnsOf, TypeSpec, With } from '../plan/columns.ts'
import { field, int64, type Kind, type LogicalType, text, typeName } from '../plan/type.ts'
import { fieldsOf, invalid } from './build.ts'
import { defineStep, makeStep, type RowCallback, type Step } from './contract.ts'

export interface ApplyOptions {
  readonly reads: readonly string[]
  readonly produces: readonly {
    readonly name: string
    readonly type: LogicalType
    readonly nullable: boolean
  }[]
  /** The id of the function beside the plan. */
  readonly function: string
}

const name = field('name', text)
const initials: RowCallback = (row) => ({
  initials: typeof row['name'] === 'string' ? row['name'].replaceAll(/(\w)\w*\s*/g, '$1') : null,
})
const double: RowCallback = (row) => ({ n: (row['n'] as bigint) * 2n })

/** Computes columns by a TypeScript function. */
export const applyStep = defineStep<ApplyOptions>({
  name: 'apply',
  summary: 'Compute columns by a TypeScript function, row by row.',
  meaning:
    'The function is given the columns it reads and returns the columns it produces, or null to leave the row out (counted as filtered). It must depend on nothing but the row: ' +
    'the plan knows it by the text of its source. Runs embedded, in streams and in Lambda handlers only. ' +
    'Values: bool boolean; int8 to int32 and float64 number; int64 and uint64 bigint; decimal, text, uuid, json and the ISO forms of date, time and timestamp string; bytes Uint8Array; list array; struct object.',
  options: {
    reads: { takes: 'columns', meaning: 'What the function is given.' },
    produces: {
      takes: '{ name: type }',
      meaning: 'What the function returns; replaces or follows the input columns.',
    },
    function: { takes: 'function', meaning: 'From the row to the produced values, or null.' },
  },
  lower: (from, { reads, produces, function: id }) => {
    const read = fieldsOf(from, reads, '`reads`').map((f) => f.name)
    if (produces.length === 0) return [invalid('apply produces no column')]
    const made = new Map(produces.map((p) => [p.name.toLowerCase(), p]))
    if (made.size < produces.length) return [invalid('apply produces two columns of one name')]
    const kept = from.schema.map((f) => {
      const replacement = made.get(f.name.toLowerCase())
      made.delete(f.name.toLowerCase())
      return replacement === undefined ? f : field(replacement.name, replacement.type, replacement.nullable)
    })
    const added = [...made.values()].map((p) => field(p.name, p.type, p.nullable))
    return Object.freeze({
      kind: 'apply',
      from,
      function: id,
      reads: read,
      produces,
      schema: [...kept, ...added],
    })
  },
  examples: () => [
    {
      title: 'A new column',
      in: { columns: [name], rows: [['Ada Lovelace'], [null]] },
      options: { reads: ['name'], produces: [field('initials', text)], function: 'initials' },
      functions: new Map([['initials', initials]]),
      out: {
        columns: [name, field('initials', text)],
        rows: [
          ['Ada Lovelace', 'AL'],
          [null, null],
        ],
      },
    },
    {
      title: 'A replaced column',
      in: { columns: [field('n', int64, false)], rows: [['9007199254740993']] },
      options: { reads: ['n'], produces: [field('n', int64, false)], function: 'double' },
      functions: new Map([['double', double]]),
      out: { columns: [field('n', int64, false)], rows: [['18014398509481986']] },
    },
  ],
})

/** The JavaScript value of a kind. */
type JsOf<K extends Kind> = K extends 'bool'
  ? boolean
  : K extends 'int8' | 'int16' | 'int32' | 'float64'
    ? number
    : K extends 'int64' | 'uint64'
      ? bigint
      : K extends 'bytes'
        ? Uint8Array
        : K extends 'list' | 'map'
          ? readonly unknown[]
          : K extends 'struct'
            ? Readonly<Record<string, unknown>>
            : string

type Value<K extends Kind, N extends boolean> = true extends N ? JsOf<K> | null : JsOf<K>

/** The row that a function of these columns is given. */
export type RowOf<C extends Columns, N extends PropertyKey = keyof C> = {
  readonly [M in Extract<keyof C, N>]: Value<C[M]['kind'], C[M]['nullable']>
}

interface RowFunctionOptions<R, P> {
  readonly reads: readonly R[]
  readonly produces: P
  /** Part of the function's identity; raise it when something that the function calls has changed. */
  readonly version?: string
}

/** Computes columns by a function: `apply({ reads: ['name'], produces: { initials: text() } }, (row) => ({ initials: … }))`. */
export function apply<
  C extends Columns,
  const N extends string,
  const P extends Readonly<Record<string, TypeSpec>>,
>(
  options: RowFunctionOptions<ColumnName<C, N>, P>,
  callback: (row: RowOf<C, N>) => RowOf<ColumnsOf<P>> | null,
): Step<C, With<C, ColumnsOf<P>>> {
  const produces = Object.entries(options.produces).map(([column, spec]) =>
    field(column, spec.type as LogicalType, spec.nullable),
  )
  const id = fingerprint({
    source: String(callback),
    version: options.version ?? '',
    produces: produces.map((p) => [p.name, typeName(p.type), p.nullable]),
  })
  return makeStep(
    applyStep,
    { reads: options.reads as readonly string[], produces, function: id },
    { functions: new Map([[id, callback as unknown as RowCallback]]) },
  )
}
