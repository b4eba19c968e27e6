import { EtlError } from '../../../base/errors.ts'
import { quoteName, quoteText, sqlType } from '../../../function/dialect.ts'
import { castInteger, integerSpellings } from '../../../function/parse-int.ts'
import { printExpression } from '../../../function/print.ts'
import { resolveCall } from '../../../function/resolve.ts'
import type { Expression, LiteralValue } from '../../../plan/expression.ts'
import type { SourceColumn } from '../../../plan/source.ts'
import { type Field, list, type LogicalType, text, typeName } from '../../../plan/type.ts'
import type { Reject } from './reject-file.ts'
import type { RejectRecorder } from './reject-recorder.ts'

/** Layouts of ISO 8601 that columns without declared formats are read by. */
const isoFormats: Readonly<Partial<Record<LogicalType['kind'], readonly string[]>>> = {
  date: ['yyyy-MM-dd'],
  time: ['HH:mm:ss', 'HH:mm:ss.SSS', 'HH:mm:ss.SSSSSS', 'HH:mm'],
  timestamp: [
    'yyyy-MM-dd HH:mm:ss',
    "yyyy-MM-dd'T'HH:mm:ss",
    'yyyy-MM-dd HH:mm:ss.SSS',
    'yyyy-MM-dd HH:mm:ss.SSSSSS',
    "yyyy-MM-dd'T'HH:mm:ss.SSS",
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
    "yyyy-MM-dd'T'HH:mm:ssXXX",
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
  ],
}

const literal = (type: LogicalType, value: LiteralValue): Expression => ({
  kind: 'literal',
  type,
  nullable: value === null,
  value,
})

/** The arguments of `parse_<kind>` after the text. */
function parseArguments(type: LogicalType, column: SourceColumn): readonly Expression[] {
  switch (type.kind) {
    case 'decimal': {
      const int32: LogicalType = { kind: 'int32' }
      return [literal(int32, String(type.precision)), literal(int32, String(type.scale))]
    }
    case 'bool': {
      const { trueValues, falseValues } = column
      if (trueValues === undefined || falseValues === undefined) return []
      return [literal(list(text), trueValues), literal(list(text), falseValues)]
    }
    case 'date':
    case 'time':
    case 'timestamp':
      return (column.formats ?? isoFormats[type.kind] ?? []).map((format) => literal(text, format))
    default:
      return []
  }
}

/** How one declared column is computed from the text of its field. */
export interface TypedColumn {
  readonly field: Field
  /** SQL of the text, NULL where it means NULL. */
  readonly raw: string
  /** SQL of the value: NULL where the text does not fit the type. Equal to `raw` for text. */
  readonly parsed: string
  /** Integers are cast first, their spelling is judged apart: most rows then need no CASE for their values. */
  readonly cast?: IntegerCast
}

interface IntegerCast {
  /** SQL of the value as a cast reads it from `raw`. */
  readonly value: string
  /** Conditions of which one is TRUE where the text `x` spells the `value` that is not NULL. */
  readonly spellings: (x: string, value: string) => readonly string[]
}

/**
 * Prints how a declared column is read from the text column `source` (a plain SQL name).
 *
 * Fails with `config.invalid` for types that text has no form for, and for formats that the catalogue refuses.
 */
export function typedColumn(field: Field, column: SourceColumn, source: string): TypedColumn {
  const nulls = column.nulls ?? []
  const raw =
    nulls.length === 0
      ? source
      : `(CASE WHEN ${source} IN (${nulls.map(quoteText).join(', ')}) THEN NULL ELSE ${source} END)`
  if (field.type.kind === 'text') return { field, raw, parsed: raw }
  const argument: Expression = { kind: 'column', name: source, type: text, nullable: true }
  // Bytes are not declared of CSV files; connectors stage them as Base64.
  const parser = field.type.kind === 'bytes' ? 'base64_decode' : `parse_${field.type.kind}`
  const resolved = resolveCall(parser, [argument, ...parseArguments(field.type, column)])
  if ('problem' in resolved) {
    throw new EtlError(
      'config.invalid',
      `column "${field.name}" cannot be read as ${typeName(field.type)}: ${resolved.problem}`,
      {
        hint: 'declare it as text and convert it in a step',
      },
    )
  }
  const cast = integerCast(field.type, raw)
  const parsed = printExpression(resolved.expression, 'duckdb', () => raw)
  return { field, raw, parsed, ...(cast ? { cast } : {}) }
}

function integerCast({ kind }: LogicalType, raw: string): IntegerCast | undefined {
  switch (kind) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint64':
      return {
        value: castInteger(raw, kind),
        spellings: (x, value) => integerSpellings(x, value, kind),
      }
    default:
      return undefined
  }
}

const valueName = (index: number): string => `v${index}`
const rawName = (index: number): string => `r${index}`

const isTyped = (column: TypedColumn): boolean => column.raw !== column.parsed

/** The condition, TRUE or FALSE, that a column's text is of its type and not missing; undefined where every text is. */
function goodValue(column: TypedColumn, index: number): string | undefined {
  const [value, raw] = [valueName(index), rawName(index)]
  if (column.cast !== undefined) {
    const [plain, ...others] = column.cast.spellings(raw, value)
    const last = others.pop()
    const cases = [plain, ...(column.field.nullable ? [`${raw} IS NULL`] : []), ...others]
    // Branch by branch for ever fewer rows; an OR computes its sides for many.
    return `CASE ${cases.map((c) => `WHEN ${c} THEN TRUE`).join(' ')} ELSE ${value} IS NOT NULL AND ${last} END`
  }
  if (!column.field.nullable) return `${value} IS NOT NULL`
  return isTyped(column) ? `CASE WHEN ${value} IS NULL THEN ${raw} IS NULL ELSE TRUE END` : undefined
}

/** The condition that a record is a row; undefined when all are. */
function goodRecord(columns: readonly TypedColumn[]): string | undefined {
  const conditions = columns.flatMap((column, index) => goodValue(column, index) ?? [])
  return conditions.length === 0 ? undefined : conditions.join(' AND ')
}

/** The condition that a typed column has a text that does not fit. */
const isMisfit = (column: TypedColumn, index: number): string =>
  column.cast === undefined
    ? `(${valueName(index)} IS NULL AND ${rawName(index)} IS NOT NULL)`
    : `(${rawName(index)} IS NOT NULL AND NOT ${goodValue(column, index)})`

/** A cast that the print of a column's parser mentions more than once; undefined where there is none. */
function repeatedCast(column: TypedColumn): string | undefined {
  // Parsers of times cast only texts that look right, because casts that fail are slow.
  if (column.field.type.kind !== 'decimal') return undefined
  const cast = `TRY_CAST(${column.raw} AS ${sqlType(column.field.type, 'duckdb')})`
  return column.parsed.split(cast).length > 2 ? cast : undefined
}

/**
 * A SELECT of the values and raw texts of the columns, and of `extra`. Casts that parsers repeat are computed once, in a
 * projection below: DuckDB shares nothing inside CASE.
 */
function computed(columns: readonly TypedColumn[], relation: string, extra: readonly string[]): string {
  const casts = columns.map(repeatedCast)
  const values = columns.flatMap((column, index) => {
    const cast = casts[index]
    const value = column.cast?.value ?? column.parsed
    const parsed = cast === undefined ? value : value.replaceAll(cast, `t${index}`)
    return [
      `${parsed} AS ${valueName(index)}`,
      ...(isTyped(column) ? [`${column.raw} AS ${rawName(index)}`] : []),
    ]
  })
  const shared = casts.flatMap((cast, index) => (cast === undefined ? [] : `${cast} AS t${index}`))
  const from = shared.length === 0 ? relation : `(SELECT *, ${shared.join(', ')} FROM ${relation})`
  return `SELECT ${[...values, ...extra].join(', ')} FROM ${from}`
}

/** How the bad rows of a relation are taken down: SQL over its columns and those that `computed` names. */
interface TakenDown {
  readonly file: string
  readonly text: string
  readonly reason: string
}

function recordedRows(
  columns: readonly TypedColumn[],
  relation: string,
  extra: readonly string[],
  record: TakenDown,
  recorder: RejectRecorder,
): string {
  const output = columns.map((c, index) => `${valueName(index)} AS ${quoteName(c.field.name)}`).join(', ')
  const inner = computed(columns, relation, extra)
  const good = goodRecord(columns)
  if (good === undefined) return `SELECT ${output} FROM (${inner})`
  const refuse = recorder.refuse(record.file, record.text, record.reason)
  return `SELECT ${output} FROM (${inner}) WHERE CASE WHEN ${good} THEN TRUE ELSE ${refuse} END`
}

/** What is taken down of a bad row of a text that the engine reads itself. */
export interface RecordedRow {
  /** The declared fields in the order of their positions; NULL for NULL. */
  readonly fields: readonly (string | null)[]
  /** Texts that do not fit, with the index of their column. */
  readonly misfits: readonly (readonly [column: number, text: string])[]
}

/** The positions of the declared columns, in ascending order. */
export const usedPositions = (positions: readonly number[]): readonly number[] =>
  [...new Set(positions)].toSorted((a, b) => a - b)

/** A SELECT of the well-formed rows of a directly read text, in the schema's names and types; see `readRecordedRow`. */
export function goodRows(
  columns: readonly TypedColumn[],
  relation: string,
  positions: readonly number[],
  recorder: RejectRecorder,
): string {
  const fields = usedPositions(positions).map((p) => `c${p}`)
  const misfits = columns.flatMap((c, i) =>
    isTyped(c) ? [`CASE WHEN ${isMisfit(c, i)} THEN '[${i},' || to_json(${rawName(i)}) || ']' END`] : [],
  )
  const reason = misfits.length === 0 ? `'[]'` : `'[' || concat_ws(',', ${misfits.join(', ')}) || ']'`
  const text = `CAST(to_json([${fields.join(', ')}]) AS VARCHAR)`
  return recordedRows(
    columns,
    relation,
    [...fields, 'filename'],
    { file: 'filename', text, reason },
    recorder,
  )
}

/** Reads what `goodRows` took down. */
export function readRecordedRow(text: string, reason: string): RecordedRow {
  return {
    fields: JSON.parse(Buffer.from(text, 'latin1').toString()) as (string | null)[],
    misfits: JSON.parse(reason) as [number, string][],
  }
}

/** A SELECT of the well-typed rows of normalised texts, in the schema's names and types; see `readPlainRow`. */
export function goodPlainRows(
  columns: readonly TypedColumn[],
  relation: string,
  recorder: RejectRecorder,
): string {
  const text = `CAST(to_json(["line", "offset", original]) AS VARCHAR)`
  const reason = `${ruleOf(columns)} || chr(10) || ${reasonOf(columns)}`
  return recordedRows(
    columns,
    relation,
    ['"line"', '"offset"', 'original', 'filename'],
    { file: 'filename', text, reason },
    recorder,
  )
}

/** Reads what `goodPlainRows` took down. */
export function readPlainRow(text: string, reason: string): Omit<Reject, 'source'> {
  const [line, offset, original] = JSON.parse(Buffer.from(text, 'latin1').toString()) as (string | null)[]
  const [rule = '', ...rest] = reason.split('\n')
  return {
    rule,
    reason: rest.join('\n'),
    line: Number(line),
    offset: offset === null || offset === undefined ? null : Number(offset),
    original: original ?? '',
  }
}

function reasonFor(column: TypedColumn, index: number): string[] {
  const name = quoteText(`column "${column.field.name}"`)
  const value = valueName(index)
  const raw = isTyped(column) ? rawName(index) : value
  const wrong = `concat(${name}, ': "', left(${raw}, 100), '" is no ', ${quoteText(typeName(column.field.type))})`
  return [
    ...(isTyped(column) ? [`CASE WHEN ${isMisfit(column, index)} THEN ${wrong} END`] : []),
    ...(column.field.nullable
      ? []
      : [`CASE WHEN ${raw} IS NULL THEN concat(${name}, ' is required but NULL') END`]),
  ]
}

const reasonOf = (columns: readonly TypedColumn[]): string =>
  `concat_ws('; ', ${columns.flatMap((column, index) => reasonFor(column, index)).join(', ')})`

function ruleOf(columns: readonly TypedColumn[]): string {
  const wrongType = columns.flatMap((c, i) => (isTyped(c) ? isMisfit(c, i) : []))
  return wrongType.length === 0
    ? "'csv.required'"
    : `CASE WHEN ${wrongType.join(' OR ')} THEN 'csv.value' ELSE 'csv.required' END`
}

/** A SELECT over `rejectSchema` of the ill-typed rows of a normalised text; undefined when there can be none. */
export function badRows(
  columns: readonly TypedColumn[],
  relation: string,
  source: string,
): string | undefined {
  const good = goodRecord(columns)
  if (good === undefined) return undefined
  return `SELECT ${ruleOf(columns)} AS rule, ${reasonOf(columns)} AS reason, ${quoteText(source)} AS source,
    TRY_CAST("line" AS BIGINT) AS line, TRY_CAST("offset" AS BIGINT) AS "offset", original
    FROM (${computed(columns, relation, ['"line"', '"offset"', 'original'])}) WHERE NOT (${good})`
}

/** A SELECT of the distinct texts that fit no type: column index and text. At most `limit` rows. */
export function misfits(
  columns: readonly TypedColumn[],
  relation: string,
  limit: number,
): string | undefined {
  const pairs = columns.flatMap((c, i) =>
    isTyped(c) ? [`CASE WHEN ${isMisfit(c, i)} THEN {'i': ${i}, 't': ${rawName(i)}} END`] : [],
  )
  const good = goodRecord(columns)
  if (good === undefined || pairs.length === 0) return undefined
  const found = `SELECT unnest([${pairs.join(', ')}]) AS u FROM (${computed(columns, relation, [])}) WHERE NOT (${good})`
  return `SELECT DISTINCT u.i, u.t FROM (${found}) WHERE u IS NOT NULL LIMIT ${limit}`
}

/** The number of ill-typed rows of a relation, as a SELECT. */
export function badCount(columns: readonly TypedColumn[], relation: string): string | undefined {
  const good = goodRecord(columns)
  return good === undefined
    ? undefined
    : `SELECT count(*) FROM (${computed(columns, relation, [])}) WHERE NOT (${good})`
}
