import { typeName } from '../../../plan/type.ts'
import type { TypedColumn } from './csv-columns.ts'
import { type CsvSyntax, fieldBytes, type RecordShape } from './csv-record.ts'

/** Texts, kept as Latin-1 readings of their UTF-8 bytes, with the sizes that occur, so that most fields need no look. */
export interface TextSet {
  readonly texts: ReadonlySet<string>
  readonly sizes: ReadonlySet<number>
}

export function textSet(texts: readonly string[]): TextSet {
  const plain = texts.map((t) => Buffer.from(t).toString('latin1'))
  return { texts: new Set(plain), sizes: new Set(plain.map((t) => t.length)) }
}

/** What a field must not be, because the engine found that its text does not fit the column's type. */
export interface JudgedColumn {
  /** Position of the field in the record. */
  readonly position: number
  readonly name: string
  readonly type: string
  readonly required: boolean
  /** Texts that mean NULL in this column. */
  readonly nulls: TextSet
  readonly misfits: TextSet
}

/** The columns in which a record can be ill-typed: `misfits` holds, by column, the texts that do not fit. */
export function judgedColumns(
  columns: readonly TypedColumn[],
  positions: readonly number[],
  nulls: readonly (readonly string[])[],
  misfits: ReadonlyMap<number, readonly string[]>,
): readonly JudgedColumn[] {
  return columns.flatMap((column, i) => {
    const texts = misfits.get(i) ?? []
    if (texts.length === 0 && column.field.nullable) return []
    return {
      position: positions[i] ?? 0,
      name: column.field.name,
      type: typeName(column.field.type),
      required: !column.field.nullable,
      nulls: textSet(nulls[i] ?? []),
      misfits: textSet(texts),
    }
  })
}

function has(set: TextSet, syntax: CsvSyntax, buffer: Buffer, shape: RecordShape, at: number): boolean {
  const size = (shape.to[at] ?? 0) - (shape.from[at] ?? 0)
  if (shape.escaped[at] === true)
    return set.texts.has(fieldBytes(syntax, buffer, shape, at).toString('latin1'))
  return set.sizes.has(size) && set.texts.has(buffer.toString('latin1', shape.from[at], shape.to[at]))
}

/** Judges the values of a well-formed record as the engine did; undefined when all fit. */
export function judgeValues(
  columns: readonly JudgedColumn[],
  nulls: TextSet,
  syntax: CsvSyntax,
  buffer: Buffer,
  shape: RecordShape,
): { readonly rule: string; readonly reason: string } | undefined {
  let reasons: string[] | undefined
  let rule = 'csv.required'
  for (const column of columns) {
    const at = column.position
    const isNull =
      (shape.quoted[at] !== true && has(nulls, syntax, buffer, shape, at)) ||
      has(column.nulls, syntax, buffer, shape, at)
    if (isNull) {
      if (column.required) (reasons ??= []).push(`column "${column.name}" is required but NULL`)
    } else if (has(column.misfits, syntax, buffer, shape, at)) {
      rule = 'csv.value'
      const text = [...fieldBytes(syntax, buffer, shape, at).toString('utf8')].slice(0, 100).join('')
      ;(reasons ??= []).push(`column "${column.name}": "${text}" is no ${column.type}`)
    }
  }
  return reasons === undefined ? undefined : { rule, reason: reasons.join('; ') }
}
