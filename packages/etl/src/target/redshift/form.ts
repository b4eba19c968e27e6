import { quoteName, quoteText } from '../../function/dialect.ts'
import type { Field, LogicalType } from '../../plan/type.ts'
import { holdsJson } from '../holds-json.ts'
import type { TargetTable } from '../contract.ts'
import { printJson } from '../json-text.ts'
import { withoutNul } from '../nul.ts'

/** Bytes of the longest VARCHAR. Source: Redshift guide, "Character types". */
export const maxTextBytes = 65_535
/** Bytes of the longest VARBYTE. Source: Redshift guide, "VARBYTE type". */
export const maxBytesLength = 16_777_216
/** Redshift's own default. */
export const defaultBytesLength = 64_000
/** Bytes of a nested value as JSON: a row that COPY loads has at most 4 MiB. Source: Redshift guide, "COPY". */
const maxNestedBytes = 4_194_304

/** How a column of a table gets into Redshift. */
export interface ColumnForm {
  /** Its type in Redshift. */
  readonly type: string
  /** Its type in the table that COPY loads: one that columnar files can be loaded into. */
  readonly staged: string
  /** Prints, in DuckDB's SQL, what the Parquet file holds of it. `x` is the column. */
  write(x: string): string
  /** Prints, in Redshift's SQL, its value from the staged one; undefined where that is the value. */
  readonly read?: (x: string) => string
}

/** What DuckDB says when it meets a value that Redshift cannot hold, before the column and the reason. */
export const valueMark = 'securecart.value: '

const refuse = (column: string, why: string): string =>
  `error(${quoteText(`${valueMark}"${column}" ${why}`)})`

const checked = (x: string, isWrong: string, column: string, why: string): string =>
  `CASE WHEN ${isWrong} THEN ${refuse(column, why)} ELSE ${x} END`

/** How a column of a target gets into Redshift. Bytes of text are counted, not its characters. */
export function formOf(target: Pick<TargetTable, 'nul' | 'layout'>, { name, type }: Field): ColumnForm {
  const length = target.layout?.lengths?.[name]
  const textOf = (print: (x: string) => string): ColumnForm => {
    const bytes = length ?? maxTextBytes
    const cut = `has more than ${bytes} bytes`
    return {
      ...same(`VARCHAR(${bytes})`),
      write: (x) => checked(print(x), `strlen(${print(x)}) > ${bytes}`, name, cut),
    }
  }
  switch (type.kind) {
    case 'text':
      return textOf((x) => withoutNul(x, target.nul, name))
    case 'json':
      return textOf((x) => `CAST(${x} AS VARCHAR)`)
    case 'bytes': {
      const bytes = length ?? defaultBytesLength
      const write = (x: string): string =>
        checked(x, `octet_length(${x}) > ${bytes}`, name, `has more than ${bytes} bytes`)
      return { ...same(`VARBYTE(${bytes})`), write }
    }
    case 'date':
    case 'timestamp':
      // Redshift has no infinite ones, and what COPY makes of other years of a Parquet file is not documented.
      return {
        ...same(type.kind.toUpperCase()),
        write: (x) =>
          checked(
            x,
            `${x} NOT BETWEEN CAST('0001-01-01' AS ${type.kind}) AND CAST('9999-12-31${type.kind === 'date' ? '' : ' 23:59:59.999999'}' AS ${type.kind})`,
            name,
            'is infinite or outside the years 1 to 9999',
          ),
      }
    case 'time':
      return {
        type: 'TIME',
        staged: 'VARCHAR(15)',
        write: (x) => `CAST(${x} AS VARCHAR)`,
        read: (x) => `CAST(${x} AS TIME)`,
      }
    case 'list':
    case 'map':
    case 'struct': {
      const print = (x: string): string => printJson(x, type, { nul: target.nul, column: name })
      if (holdsJson(type)) return textOf(print)
      const long = `has more than ${maxNestedBytes} bytes as JSON`
      return {
        type: 'SUPER',
        staged: `VARBYTE(${maxNestedBytes})`,
        write: (x) => `encode(${checked(print(x), `strlen(${print(x)}) > ${maxNestedBytes}`, name, long)})`,
        read: (x) => `JSON_PARSE(${x})`,
      }
    }
    default:
      return plain(type)
  }
}

const same = (type: string, write = (x: string): string => x): ColumnForm => ({ type, staged: type, write })

const cast =
  (type: string) =>
  (x: string): string =>
    `CAST(${x} AS ${type})`

type Plain = Exclude<
  LogicalType,
  { kind: 'text' | 'json' | 'bytes' | 'date' | 'timestamp' | 'time' | 'list' | 'map' | 'struct' }
>

function plain(type: Plain): ColumnForm {
  switch (type.kind) {
    case 'bool':
      return same('BOOLEAN')
    case 'int8':
    case 'int16':
    case 'int32':
      // Parquet has no column of two bytes; COPY wants a file's column as wide as the table's.
      return same('INTEGER', cast('INTEGER'))
    case 'int64':
      return same('BIGINT')
    case 'uint64':
      return same('DECIMAL(20,0)', cast('DECIMAL(20,0)'))
    case 'decimal':
      return same(`DECIMAL(${type.precision},${type.scale})`)
    case 'float64':
      return same('DOUBLE PRECISION')
    case 'uuid':
      return same('VARCHAR(36)', cast('VARCHAR'))
  }
}

/** Prints the columns of a Parquet file, in the order and with the names of the table that it is loaded into. */
export function printFileColumns(target: TargetTable): string {
  return target.columns
    .map((f) => `${formOf(target, f).write(quoteName(f.name))} AS ${quoteName(f.name)}`)
    .join(', ')
}
