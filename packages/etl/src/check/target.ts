import { maxNameBytes } from '../author/typescript/target.ts'
import type { TargetDeclaration } from '../author/target.ts'
import type { Diagnostic } from '../base/errors.ts'
import type { Kind, Schema } from '../plan/type.ts'
import { historyColumns } from '../target/history-columns.ts'
import { columnProblems, type Problem } from './target-problem.ts'
import { redshiftProblems } from './target-redshift.ts'

const keyKinds: readonly Kind[] = [
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint64',
  'decimal',
  'text',
  'bytes',
  'date',
  'time',
  'timestamp',
  'uuid',
]
/** Types that PostgreSQL can order and partition by. */
const indexKinds: readonly Kind[] = [...keyKinds, 'float64']
const momentKinds: readonly Kind[] = ['date', 'timestamp']
const transforms = ['identity', 'year', 'month', 'day', 'hour']
// Source: PostgreSQL 17, "System Columns".
const systemColumns = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']

function partitionProblems(
  { partition, mode, key, to }: TargetDeclaration,
  schema: Schema,
): readonly Problem[] {
  if (partition === undefined) return []
  const { column, transform } = partition
  if (!transforms.includes(transform.kind))
    return [{ code: 'config.invalid', message: `a target is not partitioned by ${transform.kind}` }]
  const kinds = transform.kind === 'identity' ? keyKinds : momentKinds
  const found = columnProblems([column], schema, 'the partition', kinds)
  if (mode !== 'merge' || to.service === 'redshift' || key.includes(column)) return found
  return [
    ...found,
    {
      code: 'config.invalid',
      message: `the key does not hold "${column}", by which the target is partitioned`,
      hint: 'A unique key of a partitioned table in PostgreSQL holds the column of the partition.',
    },
  ]
}

function nameProblems({ mode, to }: TargetDeclaration, schema: Schema): readonly Problem[] {
  const own = mode === 'history' ? historyColumns.map((f) => f.name) : []
  return schema.flatMap(({ name }): Problem[] => {
    if (own.includes(name.toLowerCase()))
      return [{ code: 'plan.duplicate-column', message: `a history has a column "${name}" of its own` }]
    if (to.service !== 'postgres') return []
    const tooLong = Buffer.byteLength(name) > maxNameBytes
    if (!tooLong && name !== '' && !name.includes('\0') && !systemColumns.includes(name)) return []
    const message = `PostgreSQL takes no column "${name}"`
    return [{ code: 'config.invalid', message, hint: 'rename the column in the table' }]
  })
}

function indexProblems({ indexes, to }: TargetDeclaration, schema: Schema): readonly Problem[] {
  const found = indexes.flatMap((columns): readonly Problem[] =>
    columns.length === 0
      ? [{ code: 'config.invalid', message: 'an index names no column' }]
      : columnProblems(columns, schema, 'an index', indexKinds),
  )
  if (to.service === 'postgres' || indexes.length === 0) return found
  const message =
    to.service === 'redshift'
      ? 'Redshift has no indexes; `redshift.sort` says what the table is sorted by'
      : 'a DuckDB file gets no indexes: they may be broken after a crash, and the table with them'
  return [...found, { code: 'config.invalid', severity: 'warning', message }]
}

/** Checks one target: what its declaration found, and the columns it names. `schema` are its table's, where they are known. */
export function checkTarget(target: TargetDeclaration, schema: Schema | undefined): readonly Diagnostic[] {
  const own = target.diagnostics ?? []
  if (own.length > 0 || schema === undefined) return own
  const problems = [
    ...columnProblems(target.key, schema, 'the key', keyKinds),
    ...columnProblems(target.order, schema, 'the order', indexKinds),
    ...indexProblems(target, schema),
    ...partitionProblems(target, schema),
    ...nameProblems(target, schema),
    ...redshiftProblems(target, schema),
  ]
  return problems.map((p): Diagnostic => ({
    severity: 'error',
    ...p,
    message: `target "${target.name}": ${p.message}`,
    ...(target.at === undefined ? {} : { at: target.at }),
  }))
}

/** Targets that share a name within one warehouse, or an identity. */
export function duplicateTargets(targets: readonly TargetDeclaration[]): readonly Diagnostic[] {
  const placeOf = (t: TargetDeclaration): string => JSON.stringify([t.to, t.name])
  const idOf = (t: TargetDeclaration): string => JSON.stringify([t.to, t.id])
  return targets.flatMap((target, index): Diagnostic[] => {
    const earlier = targets.slice(0, index)
    const twin = earlier.find((t) => placeOf(t) === placeOf(target) || idOf(t) === idOf(target))
    if (twin === undefined) return []
    const message =
      twin.name === target.name
        ? `target "${target.name}" is declared twice`
        : `targets "${twin.name}" and "${target.name}" have the same id "${target.id}"`
    return [
      {
        code: 'plan.duplicate-table',
        severity: 'error',
        message,
        ...(target.at === undefined ? {} : { at: target.at }),
      },
    ]
  })
}
