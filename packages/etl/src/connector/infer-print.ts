import type { LogicalType } from '../plan/type.ts'
import type { Columns, ColumnSpec } from './column.ts'

function quoted(value: string): string {
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replaceAll(/[\u{7f}-\u{9f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`
}

/** A value of plain data in TypeScript. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, member]) => `${key(name)}: ${literal(member)}`)
  return `{ ${members.join(', ')} }`
}

function key(name: string): string {
  // A plain __proto__ key would set the prototype of the object literal.
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

function printColumn(column: ColumnSpec): string {
  const { type } = column
  const members: (readonly [string, unknown])[] = []
  if (column.from !== undefined) members.push(['from', column.from])
  if (column.formats?.length === 1) members.push(['format', column.formats[0]])
  else if (column.formats !== undefined) members.push(['formats', column.formats])
  if (column.nulls !== undefined) members.push(['nulls', column.nulls])
  if (column.trueValues !== undefined) members.push(['trueValues', column.trueValues])
  if (column.falseValues !== undefined) members.push(['falseValues', column.falseValues])
  if (!column.nullable) members.push(['required', true])
  const options =
    members.length === 0 ? [] : [`{ ${members.map(([k, v]) => `${k}: ${literal(v)}`).join(', ')} }`]
  return `${type.kind}(${[...printArguments(type), ...options].join(', ')})`
}

function printArguments(type: LogicalType): readonly string[] {
  const printed = (inner: LogicalType, nullable = true): string => printColumn({ type: inner, nullable })
  switch (type.kind) {
    case 'decimal':
      return [String(type.precision), String(type.scale)]
    case 'list':
      return [printed(type.element)]
    case 'map':
      return [printed(type.key), printed(type.value)]
    case 'struct':
      return [`{ ${type.fields.map((f) => `${key(f.name)}: ${printed(f.type, f.nullable)}`).join(', ')} }`]
    default:
      return []
  }
}

/** The kinds that a type is built of. */
function kindsIn(type: LogicalType): readonly string[] {
  if (type.kind === 'list') return [type.kind, ...kindsIn(type.element)]
  if (type.kind === 'map') return [type.kind, ...kindsIn(type.key), ...kindsIn(type.value)]
  return type.kind === 'struct' ? [type.kind, ...type.fields.flatMap((f) => kindsIn(f.type))] : [type.kind]
}

const snake = (file: string): string =>
  file
    .replace(/\.[a-z]+(\.(gz|zst))?$/i, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
    .replace(/^(?=\d|$)/, 'file_')

const camel = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())

const reserved =
  /^(?:break|case|class|const|default|delete|do|else|enum|export|for|function|if|import|in|new|null|package|private|public|return|static|super|switch|this|true|false|try|typeof|var|void|while|with|yield|let|await)$/

/** Prints a table declaration in TypeScript for a connector's files; `options` are members before `columns`. */
export function printDeclaration(
  connector: string,
  path: string,
  file: string,
  columns: Columns,
  dialect: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>> = {},
): string {
  const members = Object.entries(dialect).map(([k, v]) => `${k}: ${literal(v)}`)
  const after = members.length === 0 ? [] : [`dialect: { ${members.join(', ')} },`]
  return printTable({ connector, argument: quoted(path), name: file, columns, options, after })
}

/** What a printed declaration consists of. */
export interface PrintedTable {
  /** The function that declares the source. */
  readonly connector: string
  /** TypeScript of its first argument. */
  readonly argument: string
  /** What the table is called after. */
  readonly name: string
  readonly columns: Columns
  /** Remarks that stand behind columns, by their names. */
  readonly remarks?: ReadonlyMap<string, string>
  /** Members before `columns`. */
  readonly options: Readonly<Record<string, unknown>>
  /** Lines after `columns`. */
  readonly after?: readonly string[]
  /** Lines that stand before the table, and what they import. */
  readonly before?: readonly string[]
  readonly imports?: readonly string[]
}

/** Prints the declaration of a table. */
export function printTable(table: PrintedTable): string {
  const { connector, argument, columns, remarks, options, after = [], before = [] } = table
  const name = snake(table.name)
  const kinds = new Set(Object.values(columns).flatMap((c) => kindsIn(c.type)))
  const imports = [...new Set([connector, 'table', ...kinds, ...(table.imports ?? [])])].toSorted()
  const variable = camel(name)
  const taken = imports.includes(variable) || reserved.test(variable) || variable === argument
  const remark = (column: string): string => {
    const text = remarks?.get(column)
    return text === undefined ? '' : ` // ${text}`
  }
  return [
    `import { ${imports.join(', ')} } from '@securecart/etl'`,
    '',
    ...before.flatMap((line) => [line, '']),
    `export const ${variable}${taken ? 'Table' : ''} = table('raw.${name}', {`,
    `  from: ${connector}(${argument}, {`,
    ...Object.entries(options).map(([k, v]) => `    ${k}: ${literal(v)},`),
    '    columns: {',
    ...Object.entries(columns).map(([n, c]) => `      ${key(n)}: ${printColumn(c)},${remark(n)}`),
    '    },',
    ...after.map((line) => `    ${line}`),
    '  }),',
    '})',
    '',
  ].join('\n')
}
