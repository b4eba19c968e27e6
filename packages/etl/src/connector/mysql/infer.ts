import { EtlError } from '../../base/errors.ts'
import { secret } from '../../base/secret.ts'
import type { ColumnSpec } from '../column.ts'
import type { Inference } from '../inference.ts'
import { literal, printTable } from '../infer-print.ts'
import { type MysqlServer, mysqlServer, type MysqlServerOptions } from '../mysql.ts'
import { connectMysql, type MysqlConnection } from './connect.ts'
import { type DescribedColumn, inferMysqlType } from './infer-type.ts'

/** Where a table is: a server and the name of the table. */
interface TableAddress {
  readonly options: MysqlServerOptions
  readonly table: string
}

const example = 'mysql://user@host:3306/database/table?password=env:NAME'

/**
 * Reads `mysql://user@host:3306/database/table`, with `password=env:NAME` or `password=file:/path`, `socket=/path` and `tls=true`
 * or `tls=/path/of/ca` behind a question mark. Fails with `cli.usage` on anything else, above all on a password.
 */
export function parseMysqlAddress(address: string): TableAddress {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const [database = '', table = '', ...rest] = (url?.pathname ?? '')
    .slice(1)
    .split('/')
    .map(decodeURIComponent)
  if (url === undefined || url.username === '' || database === '' || table === '' || rest.length > 0)
    throw new EtlError('cli.usage', `a table of MySQL is written as ${example}`)
  if (url.password !== '')
    throw new EtlError('cli.usage', 'a password is not written into the address', {
      hint: `Put it into an environment variable: ${example}`,
    })
  const given = (name: string): string | undefined => url.searchParams.get(name) ?? undefined
  const [password, socketPath, tls] = [given('password'), given('socket'), given('tls')]
  return {
    table,
    options: {
      ...(url.hostname === '' ? {} : { host: url.hostname }),
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...(socketPath === undefined ? {} : { socketPath }),
      user: decodeURIComponent(url.username),
      database,
      ...(password === undefined ? {} : { password: secret(password) }),
      ...(tls === undefined ? {} : { tls: tls === 'true' ? true : { ca: tls } }),
    },
  }
}

interface Described extends DescribedColumn {
  readonly isNullable: boolean
  /** Changes with every update. */
  readonly isTouched: boolean
}

async function describe(connection: MysqlConnection, table: string): Promise<readonly Described[]> {
  const rows = await connection.rows(
    `SELECT column_name, data_type, column_type, COALESCE(numeric_precision, 0), COALESCE(numeric_scale, 0), is_nullable, extra
     FROM information_schema.columns WHERE table_schema = DATABASE() AND BINARY table_name = ? ORDER BY ordinal_position`,
    [table],
  )
  const json = await jsonColumns(connection, table)
  return rows.map(([name = '', dataType = '', columnType = '', precision, scale, nullable, extra]) => ({
    name: name ?? '',
    dataType: dataType?.toLowerCase() ?? '',
    columnType: columnType?.toLowerCase() ?? '',
    precision: Number(precision),
    scale: Number(scale),
    isJson: json.has(name ?? ''),
    isNullable: nullable !== 'NO',
    isTouched: /on update current_timestamp/i.test(extra ?? ''),
  }))
}

/** Columns that MariaDB made for JSON: each has a check of its own name. */
async function jsonColumns(connection: MysqlConnection, table: string): Promise<ReadonlySet<string | null>> {
  const [version] = await connection.rows('SELECT VERSION()')
  if (version?.[0]?.includes('MariaDB') !== true) return new Set()
  const rows = await connection.rows(
    `SELECT constraint_name FROM information_schema.check_constraints
     WHERE constraint_schema = DATABASE() AND BINARY table_name = ? AND check_clause LIKE 'json\\_valid(%'`,
    [table],
  )
  return new Set(rows.map(([name]) => name ?? null))
}

async function keyOf(connection: MysqlConnection, table: string): Promise<readonly string[]> {
  const rows = await connection.rows(
    `SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND BINARY table_name = ?
     AND index_name = 'PRIMARY' ORDER BY seq_in_index`,
    [table],
  )
  return rows.map(([name]) => name ?? '')
}

/**
 * Proposes the declaration of a table of MySQL or MariaDB: columns with exact types, the primary key, and a cursor where the
 * server changes a column with every update. Fails with `source.schema` where there is no such table, and as connections do.
 */
export async function inferMysql(address: string): Promise<Inference> {
  const { options, table } = parseMysqlAddress(address)
  await using connection = await connectMysql(mysqlServer(options))
  const described = await describe(connection, table)
  if (described.length === 0)
    throw new EtlError('source.schema', `there is no table "${table}", or it may not be seen`, {
      hint: 'Check the name, also its case, and the rights of the account.',
    })
  const key = await keyOf(connection, table)
  const columns: Record<string, ColumnSpec> = {}
  const remarks = new Map<string, string>()
  for (const column of described) {
    const { type, remark } = inferMysqlType(column)
    columns[column.name] = { type, nullable: column.isNullable }
    if (remark !== undefined) remarks.set(column.name, remark.replaceAll(/\s+/g, ' '))
  }
  const touched = described.find((c) => c.isTouched)
  const warnings = [
    ...[...remarks].map(([name, remark]) => `${name}: ${remark}`),
    ...(key.length === 0 ? ['the table has no primary key'] : []),
    ...(touched === undefined
      ? ['no column changes with every update: without a cursor every run reads the whole table']
      : []),
  ]
  const declaration = printTable({
    connector: 'mysql',
    argument: 'database',
    name: table,
    columns,
    remarks,
    options: {
      table,
      ...(key.length === 0 ? {} : { key }),
      ...(touched === undefined ? {} : { cursor: touched.name }),
    },
    before: [`const database = mysqlServer(${printServer(options)})`],
    imports: ['mysqlServer', ...(options.password === undefined ? [] : ['secret'])],
  })
  return { connector: 'mysql', columns, warnings, declaration }
}

function printServer({ password, ...rest }: Partial<MysqlServer>): string {
  const members = Object.entries(rest).map(([name, value]) => `${name}: ${literal(value)}`)
  if (password !== undefined) members.push(`password: secret(${literal(password.at)})`)
  return `{ ${members.join(', ')} }`
}
