import type { IdField } from '../../engine/contract.ts'
import type { ColumnStats, FileFilter } from '../contract.ts'
import type { PartitionSummary } from '../format/manifest-list.ts'
import type { BoundField } from '../format/partition-spec.ts'
import { toIcebergField } from '../format/schema.ts'
import { decodeValue } from '../format/single-value.ts'
import { applyTransform, keepsOrder } from '../format/transform.ts'
import { compareValues, tryParseValue } from '../format/value.ts'
import type { Value } from '../format/value.ts'

/** A filter bound to a column's field id and type. */
export interface BoundFilter {
  readonly fieldId: number
  readonly type: string
  readonly op: FileFilter['op']
  readonly values: readonly Value[]
}

/**
 * Binds filters to a schema. Filters that cannot prune (nested columns, unknown columns, literals that are no value of
 * the column's type) are left out: pruning may keep too much, never too little.
 */
export function bindFilters(
  filters: readonly FileFilter[],
  schema: readonly IdField[],
): readonly BoundFilter[] {
  return filters.flatMap((filter): BoundFilter[] => {
    const column = schema.find((c) => c.name.toLowerCase() === filter.column.toLowerCase())
    if (column === undefined) return []
    const { type } = toIcebergField(column)
    if (typeof type !== 'string') return []
    const values = filter.values.map((text) => tryParseValue(type, text))
    if (!values.every((v) => v !== undefined)) return []
    if (values.some((v) => typeof v === 'number' && Number.isNaN(v))) return []
    const needsValue = filter.op !== 'is-null' && filter.op !== 'not-null' && filter.op !== 'in'
    if (needsValue && values.length !== 1) return []
    return [{ fieldId: column.id, type, op: filter.op, values }]
  })
}

/** Whether a manifest, known by its partition summaries, can hold a file that matches all filters. */
export function manifestMayMatch(
  filters: readonly BoundFilter[],
  spec: readonly BoundField[],
  summaries: readonly PartitionSummary[] | undefined,
): boolean {
  if (summaries === undefined) return true
  return spec.every((field, index) => {
    const summary = summaries[index]
    const own = filters.filter((f) => f.fieldId === field.sourceId)
    if (summary === undefined || own.length === 0) return true
    const decode = (bytes: Buffer | undefined): Value | undefined =>
      bytes === undefined ? undefined : decodeValue(field.resultType, bytes)
    const range: Range = {
      containsNull: summary.containsNull,
      // Writers may leave this unknown; a NaN compares greater than every number here.
      containsNan: summary.containsNan ?? /^(float|double)$/.test(field.resultType),
      lower: decode(summary.lower),
      upper: decode(summary.upper),
    }
    return own.every((filter) => partitionMayMatch(filter, field, range))
  })
}

/** A test for files of one spec by their partition values. Results are remembered: files share few values. */
export function partitionTest(
  filters: readonly BoundFilter[],
  spec: readonly BoundField[],
): (partition: readonly (string | null)[]) => boolean {
  const fields = spec.flatMap((field, index) => {
    const own = filters.filter((f) => f.fieldId === field.sourceId)
    return own.length === 0 ? [] : [{ field, index, own, known: new Map<string | null, boolean>() }]
  })
  return (partition) =>
    fields.every(({ field, index, own, known }) => {
      const text = partition[index] ?? null
      const remembered = known.get(text)
      if (remembered !== undefined) return remembered
      const value = text === null ? undefined : tryParseValue(field.resultType, text)
      const isNan = typeof value === 'number' && Number.isNaN(value)
      const bound = isNan ? undefined : value
      const range: Range = { containsNull: text === null, containsNan: isNan, lower: bound, upper: bound }
      const result = own.every((filter) => partitionMayMatch(filter, field, range))
      known.set(text, result)
      return result
    })
}

interface Range {
  readonly containsNull: boolean
  readonly containsNan: boolean
  readonly lower: Value | undefined
  readonly upper: Value | undefined
}

function partitionMayMatch(filter: BoundFilter, field: BoundField, range: Range): boolean {
  const { transform, sourceType } = field
  if (transform === undefined) return true
  if (filter.op === 'is-null') return range.containsNull
  if (range.containsNan) return true
  const { lower, upper } = range
  if (lower === undefined || upper === undefined) return false
  if (filter.op === 'not-null') return true
  const targets = filter.values.map((value) => applyTransform(transform, sourceType, value))
  if (filter.op === '=' || filter.op === 'in') return targets.some((t) => within(t, lower, upper))
  const target = targets[0]
  if (!keepsOrder(transform) || target === undefined) return true
  const exact = transform.kind === 'identity'
  return compareRange(exact ? filter.op : inclusive(filter.op), target, lower, upper)
}

/** Below a transform `x < v` only says that the transformed x is at most the transformed v. */
function inclusive(op: FileFilter['op']): FileFilter['op'] {
  return op === '<' ? '<=' : op === '>' ? '>=' : op
}

function within(value: Value, lower: Value, upper: Value): boolean {
  return compareValues(lower, value) <= 0 && compareValues(value, upper) <= 0
}

function compareRange(
  op: FileFilter['op'],
  value: Value,
  lower: Value | undefined,
  upper: Value | undefined,
): boolean {
  const low = lower === undefined ? -1 : compareValues(lower, value)
  const high = upper === undefined ? 1 : compareValues(upper, value)
  switch (op) {
    case '<':
      return low < 0
    case '<=':
      return low <= 0
    case '>':
      return high > 0
    case '>=':
      return high >= 0
    default:
      return low <= 0 && high >= 0
  }
}

/** Whether a file's column statistics leave room for a row that matches all filters. */
export function statsMayMatch(filters: readonly BoundFilter[], stats: ColumnStats): boolean {
  return filters.every((filter) => {
    const { fieldId, type, op } = filter
    const nulls = stats.nullCounts.get(fieldId)
    if (op === 'is-null') return nulls !== 0
    if (nulls !== undefined && nulls === stats.valueCounts.get(fieldId)) return false
    if (op === 'not-null') return true
    const decode = (bytes: Uint8Array | undefined): Value | undefined =>
      bytes === undefined ? undefined : decodeValue(type, Buffer.from(bytes))
    const lower = decode(stats.lower.get(fieldId))
    // Bounds leave NaN out, but NaN is greater than every number: without a count of none, the range is open above.
    const openAbove =
      /^(float|double)$/.test(type) && stats.nanCounts.get(fieldId) !== 0 && op.startsWith('>')
    const upper = openAbove ? undefined : decode(stats.upper.get(fieldId))
    return filter.values.some((value) => compareRange(op, value, lower, upper))
  })
}
