import type { Contract } from '../author/table.ts'
import { EtlError } from '../base/errors.ts'
import type { IdField } from '../engine/contract.ts'
import type { SchemaChange } from '../lake/contract.ts'
import { exactShape } from '../function/numeric-type.ts'
import { type LogicalType, sameType, type Schema, typeName } from '../plan/type.ts'

const integerRank: Partial<Record<LogicalType['kind'], number>> = { int8: 1, int16: 2, int32: 3, int64: 4 }

/** Whether every value of one type is a value of the other and Iceberg can widen it in place. */
export function canWiden(from: LogicalType, to: LogicalType): boolean {
  const [a, b] = [integerRank[from.kind], integerRank[to.kind]]
  if (a !== undefined && b !== undefined) return a < b
  if (from.kind !== 'decimal' || to.kind !== 'decimal') return false
  const [x, y] = [exactShape(from), exactShape(to)]
  return x.scale === y.scale && x.precision < y.precision
}

/** The changes that turn a published schema into the declared one, matched by name. */
export function schemaChanges(published: readonly IdField[], declared: Schema): readonly SchemaChange[] {
  const changes: SchemaChange[] = []
  const wanted = new Map(declared.map((f) => [f.name, f]))
  const present = new Map(published.map((f) => [f.name, f]))
  for (const old of published) {
    const now = wanted.get(old.name)
    if (now === undefined) changes.push({ kind: 'drop', name: old.name })
    else if (!sameType(old.type, now.type)) {
      if (canWiden(old.type, now.type)) changes.push({ kind: 'widen', name: old.name, type: now.type })
      else changes.push({ kind: 'drop', name: old.name }, { kind: 'add', ...now, nullable: true })
    } else if (!old.nullable && now.nullable) changes.push({ kind: 'relax', name: old.name })
  }
  for (const now of declared)
    if (!present.has(now.name)) changes.push({ kind: 'add', ...now, nullable: true })
  return changes
}

/** Fails with `run.schema-frozen` when a table's contract forbids the changes. */
export function assertAllowed(table: string, contract: Contract, changes: readonly SchemaChange[]): void {
  if (changes.length === 0 || contract === 'evolve') return
  const list = changes.map(describeChange).join('; ')
  throw new EtlError(
    'run.schema-frozen',
    `the schema of ${table} is declared \`${contract}\` but would change: ${list}`,
    {
      hint: "Restore the columns, or declare `contract: 'evolve'`.",
    },
  )
}

export function describeChange(change: SchemaChange): string {
  switch (change.kind) {
    case 'add':
      return `add ${change.name} ${typeName(change.type)}`
    case 'widen':
      return `widen ${change.name} to ${typeName(change.type)}`
    case 'rename':
      return `rename ${change.from} to ${change.to}`
    default:
      return `${change.kind} ${change.name}`
  }
}
