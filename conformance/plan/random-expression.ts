import { resolveAggregate, resolveCall, resolveWindow } from '../../packages/etl/src/function/resolve.ts'
import type { AggregateOptions, WindowOptions } from '../../packages/etl/src/function/resolve.ts'
import type { Resolved } from '../../packages/etl/src/function/contract.ts'
import { columnsOf } from '../../packages/etl/src/plan/expression.ts'
import type {
  Expression,
  LiteralValue,
  SortKey,
  WindowFrame,
} from '../../packages/etl/src/plan/expression.ts'
import {
  bool,
  type Field,
  type LogicalType,
  sameType,
  type Schema,
  typeName,
} from '../../packages/etl/src/plan/type.ts'
import { literal, ref } from '../../packages/etl/src/step/build.ts'
import type { Random } from '../crash/random.ts'
import { valuesOf } from './hostile-value.ts'
import { byResult, isConstant, rowsOf, scalars, type Signature } from './signature.ts'

/** Columns that hold results compared with tolerance carry this mark in their names; no expression reads them. */
export const inexactMark = 'approx_'

const isExact = (f: Field): boolean => !f.name.startsWith(inexactMark)

/** A random member; undefined of none. */
export function pickFrom<T>(items: readonly T[], random: Random): T | undefined {
  return items[random.below(items.length)]
}

/** A random value of a type, NULL now and then. */
export function randomValue(type: LogicalType, random: Random): LiteralValue {
  return random.chance(0.15) ? null : (pickFrom(valuesOf(type), random) ?? null)
}

/** An expression of exactly a type over the columns of a schema. */
export function expressionOf(type: LogicalType, schema: Schema, depth: number, random: Random): Expression {
  const columns = schema.filter((f) => isExact(f) && sameType(f.type, type))
  const calls = depth > 0 ? (byResult.get(typeName(type)) ?? []) : []
  if (calls.length > 0 && random.chance(columns.length > 0 ? 0.3 : 0.6)) {
    for (let tries = 0; tries < 4; tries++) {
      const signature = pickFrom(calls, random)
      const found = signature && randomCall(signature, schema, depth, random)
      if (found !== undefined && sameType(found.type, type)) return found
    }
  }
  const column = pickFrom(columns, random)
  if (column !== undefined && random.chance(0.85)) return ref(column)
  return literal(randomValue(type, random), type)
}

function argumentsOf(s: Signature, schema: Schema, depth: number, random: Random): Expression[] {
  const row = pickFrom(rowsOf(s), random) ?? []
  return row.map((value, i) => {
    const type = s.group.types[i] ?? bool
    return isConstant(s, i) ? literal(value, type) : expressionOf(type, schema, depth - 1, random)
  })
}

/**
 * A call of a scalar function; undefined where the arguments that came up do not go together, or are constants alone: an
 * engine may compute such a call while it plans, and fail although no row needs it.
 */
function randomCall(s: Signature, schema: Schema, depth: number, random: Random): Expression | undefined {
  const resolved = resolveCall(s.definition.name, argumentsOf(s, schema, depth, random))
  if ('problem' in resolved || columnsOf(resolved.expression).length === 0) return undefined
  return resolved.expression
}

const mostTries = 300

/** A call of any scalar function over the columns of a schema; undefined where hardly any takes one of them. */
export function anyExpression(
  schema: Schema,
  random: Random,
): { readonly signature: Signature; readonly expression: Expression } | undefined {
  if (!schema.some(isExact)) return undefined
  for (let tries = 0; tries < mostTries; tries++) {
    const signature = pickFrom(scalars, random)
    const expression = signature && randomCall(signature, schema, 2, random)
    if (signature !== undefined && expression !== undefined) return { signature, expression }
  }
  return undefined
}

/** A condition over the columns of a schema. */
export const condition = (schema: Schema, random: Random): Expression => expressionOf(bool, schema, 2, random)

const direction = (random: Random): Pick<SortKey, 'direction' | 'nulls'> => ({
  direction: random.pick(['asc', 'desc']),
  nulls: random.pick(['first', 'last']),
})

/** Types whose values have an order in every engine. */
export const isOrdered = (f: Field): boolean => !['list', 'struct', 'map', 'json'].includes(f.type.kind)

/** Random sort keys, total when `all`: every column of the schema follows. */
export function sortKeys(schema: Schema, all: boolean, random: Random): SortKey[] {
  const first = pickFrom(
    schema.filter((f) => isExact(f) && isOrdered(f)),
    random,
  )
  const rest = all ? schema.filter((f) => f !== first && isOrdered(f)) : []
  return [...(first === undefined ? [] : [first]), ...rest].map((f) => ({
    expression: ref(f),
    ...direction(random),
  }))
}

/** The arguments of an aggregate or window function: columns or expressions, then the constants of its signature. */
function rowArguments(s: Signature, schema: Schema, random: Random): Expression[] {
  const constants = s.group.constants ?? []
  const varying = s.group.types.slice(0, s.group.types.length - constants.length)
  return [
    ...varying.map((type) => expressionOf(type, schema, 1, random)),
    ...constants.map((v, i) => literal(v, s.group.types[varying.length + i] ?? bool)),
  ]
}

const found = (resolved: Resolved): Expression | undefined =>
  'problem' in resolved ? undefined : resolved.expression

/** A call of an aggregate; undefined where it does not fit. Values of ordered aggregates are ordered by themselves. */
export function aggregateCall(s: Signature, schema: Schema, random: Random): Expression | undefined {
  const args = rowArguments(s, schema, random)
  const [first] = args
  const options: AggregateOptions = {
    ...(s.definition.ordered === true && first
      ? { order: [{ expression: first, ...direction(random) }] }
      : {}),
    ...(random.chance(0.2) ? { filter: condition(schema, random) } : {}),
  }
  return found(resolveAggregate(s.definition.name, args, options))
}

/** A call over a window whose order is total, so that frames of rows hold the same rows everywhere. */
export function windowCall(s: Signature, schema: Schema, random: Random): Expression | undefined {
  const key = pickFrom(
    schema.filter((f) => isExact(f) && isOrdered(f) && f.type.kind !== 'float64'),
    random,
  )
  const options: WindowOptions = {
    partition: key === undefined || random.chance(0.3) ? [] : [ref(key)],
    order: sortKeys(schema, true, random),
    ...(s.definition.kind === 'aggregate'
      ? {
          frame: random.pick<WindowFrame>([
            { from: null, to: 0 },
            { from: -1, to: 1 },
            { from: null, to: null },
            { from: 0, to: 2 },
          ]),
        }
      : {}),
  }
  return found(resolveWindow(s.definition.name, rowArguments(s, schema, random), options))
}
