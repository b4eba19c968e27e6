import { basename } from 'node:path'
import { parquetSchema, type SchemaTree } from 'hyparquet'
import { readParquetFooter } from '../engine/duckdb/read/parquet-footer.ts'
import {
  bool,
  bytes,
  type Columns,
  type ColumnSpec,
  date,
  decimal,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  list,
  struct,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from './column.ts'
import { printDeclaration } from './infer-print.ts'
import type { Inference } from './inference.ts'

/**
 * Proposes the columns of a Parquet file from its footer; a column that has no logical type is left out with a warning.
 * Fails with `source.corrupt` as reading the file would.
 */
export async function inferParquet(path: string): Promise<Inference> {
  const { metadata } = await readParquetFooter(path)
  const warnings: string[] = []
  const columns: [string, ColumnSpec][] = []
  for (const child of parquetSchema(metadata).children) {
    const column = columnOf(child)
    if (typeof column === 'string') warnings.push(`${child.element.name}: ${column}; it is left out`)
    else columns.push([child.element.name, column])
  }
  const proposed: Columns = Object.fromEntries(columns)
  return {
    connector: 'parquet',
    columns: proposed,
    warnings,
    declaration: printDeclaration('parquet', path, basename(path), proposed, {}),
  }
}

function columnOf(node: SchemaTree): ColumnSpec | string {
  const { element } = node
  const required = element.repetition_type === 'REQUIRED'
  if (element.repetition_type === 'REPEATED') {
    const single = columnOf({ ...node, element: { ...element, repetition_type: 'REQUIRED' } })
    return typeof single === 'string' ? single : list(single)
  }
  return node.children.length > 0 ? nested(node, required) : leaf(node, required)
}

function nested(node: SchemaTree, required: boolean): ColumnSpec | string {
  const { element, children } = node
  const kind = element.logical_type?.type ?? element.converted_type
  if (kind === 'MAP' || kind === 'MAP_KEY_VALUE') return 'maps are not proposed'
  if (kind === 'LIST') {
    const [group] = children
    const [item] = group?.children ?? []
    if (group === undefined) return 'the list has no element'
    const wrapped =
      group.children.length === 1 && item !== undefined && group.element.name !== `${element.name}_tuple`
    const inner = columnOf(
      wrapped ? item : { ...group, element: { ...group.element, repetition_type: 'OPTIONAL' } },
    )
    return typeof inner === 'string' ? inner : list(inner, { required })
  }
  const members: [string, ColumnSpec][] = []
  for (const child of children) {
    const member = columnOf(child)
    if (typeof member === 'string') return member
    members.push([child.element.name, member])
  }
  return struct(Object.fromEntries(members), { required })
}

function leaf(node: SchemaTree, required: boolean): ColumnSpec | string {
  const { element } = node
  const logical = element.logical_type
  const kind = logical?.type ?? element.converted_type ?? element.type
  const options = { required }
  switch (kind) {
    case 'BOOLEAN':
      return bool(options)
    case 'INTEGER':
      return logical?.type === 'INTEGER'
        ? integer(logical.bitWidth, logical.isSigned, options)
        : int64(options)
    case 'INT_8':
    case 'INT_16':
    case 'INT_32':
    case 'INT_64':
      return integer(Number(kind.slice(4)), true, options)
    case 'UINT_8':
    case 'UINT_16':
    case 'UINT_32':
    case 'UINT_64':
      return integer(Number(kind.slice(5)), false, options)
    case 'INT32':
      return int32(options)
    case 'INT64':
      return int64(options)
    case 'FLOAT':
    case 'DOUBLE':
    case 'FLOAT16':
      return float64(options)
    case 'DECIMAL':
      return decimalOf(node, options)
    case 'STRING':
    case 'UTF8':
    case 'ENUM':
      return text(options)
    case 'JSON':
      return json(options)
    case 'UUID':
      return uuid(options)
    case 'DATE':
      return date(options)
    case 'TIME':
    case 'TIME_MILLIS':
    case 'TIME_MICROS':
      return time(options)
    case 'TIMESTAMP':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
    case 'INT96':
      return timestamp(options)
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return bytes(options)
    default:
      return `the stored type ${String(kind)} has no logical type`
  }
}

function integer(bits: number, signed: boolean, options: { readonly required: boolean }): ColumnSpec {
  const width = signed ? bits : bits * 2
  if (width <= 8) return int8(options)
  if (width <= 16) return int16(options)
  if (width <= 32) return int32(options)
  return width <= 64 ? int64(options) : uint64(options)
}

function decimalOf({ element }: SchemaTree, options: { readonly required: boolean }): ColumnSpec | string {
  const logical = element.logical_type
  const precision = logical?.type === 'DECIMAL' ? logical.precision : (element.precision ?? 0)
  const scale = logical?.type === 'DECIMAL' ? logical.scale : (element.scale ?? 0)
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
    return `decimal(${precision}, ${scale}) has no logical type`
  return decimal(precision, scale, options)
}
