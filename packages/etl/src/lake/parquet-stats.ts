import { open } from 'node:fs/promises'
import { parquetMetadataAsync } from 'hyparquet'
import type { AsyncBuffer, RowGroup, SchemaElement } from 'hyparquet'
import { EtlError } from '../base/errors.ts'
import type { IdField } from '../engine/contract.ts'
import type { ColumnStats } from './contract.ts'
import { toIcebergField } from './format/schema.ts'
import { encodeValue, truncateLower, truncateUpper } from './format/single-value.ts'
import type { Value } from './format/value.ts'
import { compareValues } from './format/value.ts'
import { leafValue, rawStatistics } from './parquet-bounds.ts'

/** A data file's statistics, as its footer tells them. */
export interface FooterStats {
  readonly rows: number
  readonly stats: ColumnStats
  /** Where row groups start, ascending. */
  readonly splitOffsets: readonly number[]
}

interface Leaf {
  readonly id: number
  readonly type: string
  /** Below a list or map a value range says nothing about rows, and readers do not expect one. */
  readonly repeated: boolean
}

/**
 * Reads sizes, counts and bounds by field id from a Parquet file's footer. Decimals are exact; text and binary bounds
 * are cut to 16 characters; doubles that are NaN give no bound. Fails with `lake.corrupt` when the file is no Parquet
 * file or its columns carry no field ids.
 */
export async function readFooterStats(path: string, schema: readonly IdField[]): Promise<FooterStats> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  let footer: Uint8Array = new Uint8Array()
  const buffer: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new Uint8Array(end - start)
      await file.read(bytes, 0, bytes.length, start)
      if (end === size) footer = bytes
      else footer = Buffer.concat([bytes, footer])
      return bytes.buffer
    },
  }
  try {
    const metadata = await parquetMetadataAsync(buffer, { initialFetchSize: 1 << 16, geoparquet: false })
    const exact = rawStatistics(footer, metadata.metadata_length)
    const elements = metadata.schema.filter((element) => element.type !== undefined)
    const splitOffsets = metadata.row_groups.map(startOf).toSorted((a, b) => a - b)
    const leaves = leavesOf(schema)
    return {
      rows: Number(metadata.num_rows),
      stats: collect(metadata.row_groups, elements, leaves, exact),
      splitOffsets,
    }
  } catch (cause) {
    if (cause instanceof EtlError) throw cause
    throw new EtlError('lake.corrupt', `the footer of ${path} could not be read as Parquet`, { cause })
  }
}

function startOf(group: RowGroup): number {
  const column = group.columns[0]?.meta_data
  return Number(column?.dictionary_page_offset ?? column?.data_page_offset ?? 4n)
}

function leavesOf(schema: readonly IdField[]): ReadonlyMap<number, Leaf> {
  const leaves = new Map<number, Leaf>()
  const visit = (field: IdField, repeated: boolean): void => {
    const { type } = toIcebergField(field)
    if (typeof type === 'string') leaves.set(field.id, { id: field.id, type, repeated })
    const below = repeated || field.type.kind === 'list' || field.type.kind === 'map'
    field.nested?.forEach((nested) => visit(nested, below))
  }
  schema.forEach((field) => visit(field, false))
  return leaves
}

type ExactStats = ReturnType<typeof rawStatistics>

interface Range {
  lower: Value | undefined
  upper: Value | undefined
}

function collect(
  groups: readonly RowGroup[],
  elements: readonly SchemaElement[],
  leaves: ReadonlyMap<number, Leaf>,
  exact: ExactStats,
): ColumnStats {
  const [sizes, valueCounts, nullCounts] = [0, 1, 2].map(() => new Map<number, number>()) as [
    Map<number, number>,
    Map<number, number>,
    Map<number, number>,
  ]
  const [lower, upper] = [new Map<number, Uint8Array>(), new Map<number, Uint8Array>()]
  elements.forEach((element, column) => {
    const leaf = leaves.get(element.field_id ?? -1)
    if (leaf === undefined) return
    const chunks = groups.map((group) => group.columns[column]?.meta_data)
    const total = (pick: (chunk: NonNullable<(typeof chunks)[number]>) => bigint): number =>
      chunks.reduce((sum, chunk) => sum + (chunk === undefined ? 0 : Number(pick(chunk))), 0)
    sizes.set(
      leaf.id,
      total((chunk) => chunk.total_compressed_size),
    )
    valueCounts.set(
      leaf.id,
      total((chunk) => chunk.num_values),
    )
    const nulls = exact.map((group) => group[column]?.nulls)
    if (nulls.every((n) => n !== undefined))
      nullCounts.set(
        leaf.id,
        nulls.reduce((a, b) => a + b, 0),
      )
    if (leaf.repeated) return
    const range = rangeOf(
      leaf,
      element,
      column,
      exact,
      chunks.map((c) => Number(c?.num_values ?? 0)),
    )
    setBounds(leaf, range, lower, upper)
  })
  return { sizes, valueCounts, nullCounts, nanCounts: new Map(), lower, upper }
}

/** The range over all row groups; a group that has values but no bound leaves that side open. */
function rangeOf(
  leaf: Leaf,
  element: SchemaElement,
  column: number,
  exact: ExactStats,
  counts: readonly number[],
): Range {
  const range: Range = { lower: undefined, upper: undefined }
  const open = { lower: false, upper: false }
  exact.forEach((group, index) => {
    const stats = group[column]
    if (stats?.nulls !== undefined && stats.nulls === counts[index]) return
    for (const side of ['lower', 'upper'] as const) {
      const bytes = stats?.[side]
      const value = bytes === undefined ? undefined : leafValue(leaf.type, element, bytes)
      if (value === undefined || (typeof value === 'number' && Number.isNaN(value))) {
        open[side] = true
        continue
      }
      const known = range[side]
      const order = known === undefined ? 0 : compareValues(value, known)
      if (known === undefined || (side === 'lower' ? order < 0 : order > 0)) range[side] = value
    }
  })
  return { lower: open.lower ? undefined : range.lower, upper: open.upper ? undefined : range.upper }
}

function setBounds(
  leaf: Leaf,
  range: Range,
  lower: Map<number, Uint8Array>,
  upper: Map<number, Uint8Array>,
): void {
  const cut = leaf.type === 'string' || leaf.type === 'binary'
  if (range.lower !== undefined) {
    const value = Buffer.isBuffer(range.lower) && cut ? truncateLower(leaf.type, range.lower) : range.lower
    lower.set(leaf.id, encodeValue(leaf.type, signedZero(value, -0)))
  }
  if (range.upper !== undefined) {
    const value = Buffer.isBuffer(range.upper) && cut ? truncateUpper(leaf.type, range.upper) : range.upper
    if (value !== undefined) upper.set(leaf.id, encodeValue(leaf.type, signedZero(value, 0)))
  }
}

/** Parquet writers may record either zero; a lower bound must not exclude -0.0, nor an upper bound +0.0. */
function signedZero(value: Value, zero: number): Value {
  return value === 0 ? zero : value
}
