import { EtlError, unreachable } from '../../base/errors.ts'
import type { IdField } from '../../engine/contract.ts'
import { typeName } from '../../plan/type.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { SchemaChange } from '../contract.ts'
import { assignIds } from '../format/schema.ts'

/** What a change of schema must not break. */
export interface EvolveContext {
  /** Whether the table may hold rows: then a new column must be nullable. */
  readonly hasRows: boolean
  /** Field ids that the current partition spec or the key uses. */
  readonly partitionIds: ReadonlySet<number>
  readonly nextId: () => number
}

/**
 * Applies changes to a schema in order; fields keep their ids. Fails with `lake.unsafe-change` for a change that could
 * lose or reinterpret values.
 */
export function evolveSchema(
  schema: readonly IdField[],
  changes: readonly SchemaChange[],
  context: EvolveContext,
): readonly IdField[] {
  return changes.reduce((fields, change) => applyChange(fields, change, context), schema)
}

function applyChange(
  fields: readonly IdField[],
  change: SchemaChange,
  context: EvolveContext,
): readonly IdField[] {
  switch (change.kind) {
    case 'add':
      return addField(fields, change, context)
    case 'drop': {
      const dropped = find(fields, change.name)
      if (context.partitionIds.has(dropped.id)) {
        throw refuse(`column ${change.name} partitions the table`, 'change the partition first')
      }
      if (fields.length === 1) throw refuse(`column ${change.name} is the only one`, 'drop the table instead')
      return fields.filter((f) => f !== dropped)
    }
    case 'rename': {
      const renamed = find(fields, change.from)
      const clash = fields.find((f) => f !== renamed && sameName(f.name, change.to))
      if (clash !== undefined) throw refuse(`column ${change.to} exists already`, 'choose another name')
      return replace(fields, renamed, { ...renamed, name: change.to })
    }
    case 'widen': {
      const widened = find(fields, change.name)
      if (!widens(widened.type, change.type)) {
        throw refuse(
          `column ${change.name} cannot be widened from ${typeName(widened.type)} to ${typeName(change.type)}`,
          'add a column of the new type and fill it',
        )
      }
      return replace(fields, widened, { ...widened, type: change.type })
    }
    case 'relax': {
      const relaxed = find(fields, change.name)
      return replace(fields, relaxed, { ...relaxed, nullable: true })
    }
    default:
      return unreachable(change, 'schema change')
  }
}

function addField(
  fields: readonly IdField[],
  change: Extract<SchemaChange, { kind: 'add' }>,
  context: EvolveContext,
): readonly IdField[] {
  if (fields.some((f) => sameName(f.name, change.name))) {
    throw refuse(`column ${change.name} exists already`, 'choose another name')
  }
  if (!change.nullable && context.hasRows) {
    throw refuse(
      `the new column ${change.name} cannot be non-null: older rows have no value for it`,
      'make it nullable, or rebuild the table',
    )
  }
  const { name, type, nullable } = change
  return [...fields, ...assignIds([{ name, type, nullable }], context.nextId)]
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function find(fields: readonly IdField[], name: string): IdField {
  const found = fields.find((f) => sameName(f.name, name))
  if (found === undefined) throw refuse(`there is no column ${name}`, 'check the name')
  return found
}

function replace(fields: readonly IdField[], old: IdField, by: IdField): readonly IdField[] {
  return fields.map((f) => (f === old ? by : f))
}

function refuse(what: string, hint: string): EtlError {
  return new EtlError('lake.unsafe-change', what, { hint })
}

const integers: readonly LogicalType['kind'][] = ['int8', 'int16', 'int32', 'int64']

/** Whether every file of the old type can be read as the new one (specification, "Schema Evolution"). */
export function widens(from: LogicalType, to: LogicalType): boolean {
  const [a, b] = [integers.indexOf(from.kind), integers.indexOf(to.kind)]
  if (a >= 0) return b >= a
  if (to.kind !== 'decimal') return false
  if (from.kind === 'uint64') return to.scale === 0 && to.precision >= 20
  return from.kind === 'decimal' && to.scale === from.scale && to.precision >= from.precision
}
