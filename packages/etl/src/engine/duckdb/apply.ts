import {
  DuckDBBlobValue,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  DuckDBStructVector,
  type DuckDBValue,
  type DuckDBVector,
  STRUCT,
  VARCHAR,
} from '@duckdb/node-api'
import { EtlError } from '../../base/errors.ts'
import type { LiteralValue } from '../../plan/expression.ts'
import { type ApplyNode, type Node, walkNode } from '../../plan/node.ts'
import { findField, type LogicalType, typeName } from '../../plan/type.ts'
import type { RowFunction } from '../contract.ts'
import { applyName, crossing, isNested } from './crossing.ts'

/** Turns a crossing value into what the row function is given. */
function reader(type: LogicalType): (value: DuckDBValue) => unknown {
  if (type.kind === 'bytes') return (v) => (v instanceof DuckDBBlobValue ? v.bytes : v)
  if (isNested(type)) return (v) => (typeof v === 'string' ? (JSON.parse(v) as LiteralValue) : v)
  if (type.kind === 'timestamp') return (v) => (typeof v === 'string' ? v.replace(' ', 'T') : v)
  return (v) => v
}

function misfit(node: ApplyNode, column: string, type: LogicalType, value: unknown): EtlError {
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return new EtlError(
    'run.apply-result',
    `the row function returned ${shown.slice(0, 80)} (${typeof value}) for "${column}", expected ${typeName(type)}`,
    {
      hint: `See the value types in the documentation of apply().`,
      params: { function: node.function, column },
    },
  )
}

const jsTypes: Partial<Record<LogicalType['kind'], string>> = {
  bool: 'boolean',
  int8: 'number',
  int16: 'number',
  int32: 'number',
  float64: 'number',
  int64: 'bigint',
  uint64: 'bigint',
}

/** Turns what the row function returned into a crossing value. Fails with `run.apply-result` on anything unfit. */
function writer(
  node: ApplyNode,
  column: string,
  type: LogicalType,
  nullable: boolean,
): (value: unknown) => DuckDBValue {
  const fail = (value: unknown): never => {
    throw misfit(node, column, type, value)
  }
  const orNull =
    (convert: (value: unknown) => DuckDBValue) =>
    (value: unknown): DuckDBValue => {
      if (value !== null && value !== undefined) return convert(value)
      return nullable ? null : fail(value)
    }
  const wanted = jsTypes[type.kind]
  if (wanted !== undefined) {
    const whole = wanted === 'number' && type.kind !== 'float64'
    return orNull((v) =>
      typeof v !== wanted || (whole && !Number.isInteger(v)) ? fail(v) : (v as DuckDBValue),
    )
  }
  if (type.kind === 'bytes')
    return orNull((v) => (v instanceof Uint8Array ? new DuckDBBlobValue(v) : fail(v)))
  if (isNested(type)) {
    return orNull((v) => JSON.stringify(v, (_k, m: unknown) => (typeof m === 'bigint' ? String(m) : m)))
  }
  if (type.kind === 'decimal') {
    const shape = new RegExp(`^-?\\d{1,38}(\\.\\d{1,${Math.max(1, type.scale)}})?$`)
    return orNull((v) => (typeof v === 'string' && shape.test(v) ? v : fail(v)))
  }
  return orNull((v) => (typeof v === 'string' ? v : fail(v)))
}

/** Calls a row function; what it throws becomes `run.apply-failed` with the row. */
function call(
  node: ApplyNode,
  callback: RowFunction,
  row: Readonly<Record<string, unknown>>,
): ReturnType<RowFunction> {
  try {
    return callback(row)
  } catch (cause) {
    const shown = JSON.stringify(row, (_key, v: unknown) => (typeof v === 'bigint' ? String(v) : v))
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new EtlError('run.apply-failed', `the row function threw "${message}" on ${shown.slice(0, 300)}`, {
      cause,
      params: { function: node.function },
    })
  }
}

function runChunk(
  node: ApplyNode,
  callback: RowFunction,
  readers: readonly ((value: DuckDBValue) => unknown)[],
  writers: readonly ((value: unknown) => DuckDBValue)[],
  input: DuckDBDataChunk,
  output: DuckDBVector,
): void {
  if (!(output instanceof DuckDBStructVector)) throw new EtlError('bug.unreachable', 'apply gives a struct')
  const columns = node.reads.map((_, i) => input.getColumnVector(i))
  for (let r = 0; r < input.rowCount; r++) {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < columns.length; i++) {
      const value = columns[i]?.getItem(r) ?? null
      row[node.reads[i] ?? ''] = value === null ? null : readers[i]?.(value)
    }
    const result = call(node, callback, row)
    if (result === null) {
      output.setItem(r, null)
      continue
    }
    for (let i = 0; i < writers.length; i++) {
      output.setItemValue(r, i, writers[i]?.(result[node.produces[i]?.name ?? '']) ?? null)
    }
  }
  output.flush()
}

/** What a row function threw: DuckDB passes only its text on. */
export interface RowFailure {
  error?: EtlError
}

/**
 * Registers the row functions that a plan applies. Fails with `bug.unreachable` when one did not travel with it. A
 * statement that fails because a function did leaves the function's own error in the result.
 */
export function registerRowFunctions(
  connection: DuckDBConnection,
  plan: Node,
  functions: ReadonlyMap<string, RowFunction>,
): RowFailure {
  const failure: RowFailure = {}
  const seen = new Set<string>()
  walkNode(plan, (node) => {
    if (node.kind !== 'apply' || seen.has(node.function)) return
    seen.add(node.function)
    const callback = functions.get(node.function)
    if (callback === undefined)
      throw new EtlError('bug.unreachable', `row function ${node.function} is missing`)
    const types = node.reads.map(
      (name) => findField(node.from.schema, name)?.type ?? { kind: 'text' as const },
    )
    const readers = types.map(reader)
    const writers = node.produces.map((p) => writer(node, p.name, p.type, p.nullable))
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name: applyName(node.function),
        parameterTypes: types.map((t) => crossing[t.kind] ?? VARCHAR),
        returnType: STRUCT(
          Object.fromEntries(node.produces.map((p) => [p.name, crossing[p.type.kind] ?? VARCHAR])),
        ),
        // NULL arguments reach the function instead of making the whole call NULL.
        specialHandling: true,
        // Or the optimizer tries it on NULLs of its own, and evaluates it twice where a filter is moved.
        volatile: true,
        mainFunction: (_info, input, output) => {
          try {
            runChunk(node, callback, readers, writers, input, output)
          } catch (error) {
            if (error instanceof EtlError) failure.error ??= error
            throw error
          }
        },
      }),
    )
  })
  return failure
}
