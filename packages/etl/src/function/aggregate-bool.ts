import { bool } from '../plan/type.ts'
import { aggregateCall } from './aggregate-call.ts'
import { defineFunction, type FunctionDefinition, type Printer } from './contract.ts'

const inputs: readonly (readonly (readonly (boolean | null)[])[])[] = [
  [],
  [[null]],
  [[true]],
  [[false]],
  [[true], [false]],
  [[true], [null]],
  [[false], [null]],
  [[true], [true]],
  [[false], [false]],
]

function overBools<const N extends string>(
  name: N,
  sql: string,
  meaning: string,
  of: (values: readonly boolean[]) => boolean,
) {
  const print: Printer = ([x], { modifiers }) => aggregateCall(sql, [x ?? ''], modifiers)
  return defineFunction({
    name,
    kind: 'aggregate',
    family: 'aggregate',
    meaning: `${meaning} NULLs are ignored; NULL if there is nothing else.`,
    params: [{ name: 'condition', accepts: ['bool'] }],
    returns: 'bool',
    type: () => bool,
    nulls: 'always',
    print: { duckdb: print, postgres: print, spark: print },
    edges: [
      {
        types: [bool],
        result: bool,
        rows: inputs.map((rows) => {
          const values = rows.flat().filter((v) => typeof v === 'boolean')
          return { in: rows, out: values.length === 0 ? null : of(values) }
        }),
      },
    ],
  })
}

/** Whether any row meets a condition. */
export const anyTrue = overBools('any_true', 'bool_or', 'Whether the condition is true in any row.', (v) =>
  v.some((x) => x),
)
/** Whether all rows meet a condition. */
export const allTrue = overBools('all_true', 'bool_and', 'Whether the condition is true in all rows.', (v) =>
  v.every((x) => x),
)

/** The aggregates over conditions. */
export const boolAggregates = { anyTrue, allTrue } as const satisfies Record<string, FunctionDefinition>
