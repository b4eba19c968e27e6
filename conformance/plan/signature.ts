import { catalogue } from '../../packages/etl/src/function/catalogue.ts'
import type { EdgeGroup, FunctionDefinition } from '../../packages/etl/src/function/contract.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import { type LogicalType, typeName } from '../../packages/etl/src/plan/type.ts'

/** One way to call a function: its argument types, and where constants must stand. */
export interface Signature {
  readonly definition: FunctionDefinition
  readonly group: EdgeGroup
}

/**
 * Functions whose last digits differ between libraries of mathematics, or whose sum depends on the order of its parts: their
 * results are compared to a relative 1e-9 and go into no other expression.
 */
export const inexact: ReadonlySet<string> = new Set([
  'exp',
  'ln',
  'log10',
  'power',
  'avg',
  'median',
  'quantile',
  'percent_rank',
  'cume_dist',
])

/** Left out: their result over huge values is rounding noise in every implementation. */
const noise: ReadonlySet<string> = new Set(['stddev', 'variance'])

const all = (Object.values(catalogue) as FunctionDefinition[])
  .filter((f) => !noise.has(f.name))
  .flatMap((definition) => definition.edges.map((group): Signature => ({ definition, group })))

/** A float sum depends on the order of its parts; over values of 1e300 and 1 by all of its value. */
const isFloatSum = ({ definition, group }: Signature): boolean => {
  const [of] = group.types
  if (of?.kind === 'float64') return ['sum', 'sum_if', 'avg'].includes(definition.name)
  return definition.name === 'avg' && of?.kind === 'decimal' && of.precision > 28
}

const ofKind = (kind: FunctionDefinition['kind']): readonly Signature[] =>
  all.filter((s) => s.definition.kind === kind && !isFloatSum(s))

export const scalars: readonly Signature[] = ofKind('scalar')
export const aggregates: readonly Signature[] = ofKind('aggregate')
export const windows: readonly Signature[] = ofKind('window')

/** The scalar signatures by the name of their result type. */
export const byResult: ReadonlyMap<string, readonly Signature[]> = Map.groupBy(scalars, (s) =>
  typeName(s.group.result),
)

/** Whether a position of a call takes constants only. */
export function isConstant({ definition, group }: Signature, index: number): boolean {
  const param = definition.params[index] ?? definition.params.at(-1)
  return param?.constant === true || group.constantArgs?.includes(index) === true
}

/** Types that columns of random tables have: those that arguments of the catalogue have, each once. */
export const columnTypes: readonly LogicalType[] = [
  ...new Map(
    scalars
      .flatMap((s) => s.group.types.filter((_, i) => !isConstant(s, i)))
      .filter((t) => !['struct', 'map', 'json'].includes(t.kind))
      .map((t) => [typeName(t), t]),
  ).values(),
]

/** One row of a group's arguments: for constants, which must fit each other. */
export const rowsOf = (s: Signature): readonly (readonly LiteralValue[])[] =>
  s.group.rows.map((r) => r.in as readonly LiteralValue[])
