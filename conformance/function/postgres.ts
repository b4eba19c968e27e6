import pg from 'pg'
import { sqlType } from '../../packages/etl/src/function/dialect.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import { startPostgres } from '../../tools/peers/postgres.ts'
import type { Answer, Peer } from './judge.ts'

type Nested = string | null | readonly Nested[]

/** Reads the text form of an array: `{a,"b c",NULL,{…}}`. */
function readArray(text: string): Nested {
  let at = 0
  const item = (): Nested => {
    if (text[at] === '{') return items()
    let value = ''
    if (text[at] === '"') {
      for (at++; text[at] !== '"'; at++) value += text[at] === '\\' ? text[++at] : text[at]
      at++
      return value
    }
    while (text[at] !== ',' && text[at] !== '}') value += text[at++]
    return value === 'NULL' ? null : value
  }
  const items = (): Nested[] => {
    const found: Nested[] = []
    for (at++; text[at] !== '}';) {
      found.push(item())
      if (text[at] === ',') at++
    }
    at++
    return found
  }
  return items()
}

function fraction(text: string): string {
  const [whole = '', digits = ''] = text.split('.')
  return `${whole}.${digits.padEnd(6, '0')}`
}

function scaled(text: string, scale: number): string {
  const [whole = '', digits = ''] = text.split('.')
  const kept = digits.padEnd(scale, '0')
  return kept === '' ? whole : `${whole}.${kept}`
}

/** Writes a value, as PostgreSQL shows it, in canonical form. */
export function canonical(value: Nested, type: LogicalType): LiteralValue {
  if (value === null) return null
  if (typeof value !== 'string') {
    return type.kind === 'list' ? value.map((v) => canonical(v, type.element)) : (value as LiteralValue)
  }
  switch (type.kind) {
    case 'bool':
      return value === 't' || value === 'true'
    case 'decimal':
      return scaled(value, type.scale)
    case 'float64':
      return String(Number(value))
    case 'bytes':
      return value.replace(/^\\x/, '')
    case 'time':
      return fraction(value)
    case 'timestamp':
      return value.endsWith('infinity') ? value : fraction(value.replace(' ', 'T'))
    case 'list':
      return canonical(readArray(value), type)
    default:
      return value
  }
}

/** A client of a private PostgreSQL that gives every value as the text that the server shows. */
export async function rawPostgres(): Promise<
  { readonly client: pg.Client; readonly version: string } & AsyncDisposable
> {
  const server = await startPostgres()
  const raw = { getTypeParser: () => (text: string) => text }
  const client = new pg.Client({ connectionString: server.connectionString, types: raw as never })
  await client.connect()
  await client.query(`SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET DateStyle = 'ISO'`)
  return {
    client,
    version: server.version,
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Whether an error is about the data: class 22, and NaN to integer, which is reported as a feature not supported. */
export function isDataError(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '')
  return code.startsWith('22') || (error as Error).message.startsWith('cannot convert')
}

/** Starts a private PostgreSQL as a peer. */
export async function openPostgres(): Promise<Peer & { readonly version: string }> {
  const server = await rawPostgres()
  const { client } = server
  return {
    dialect: 'postgres',
    name: 'PostgreSQL',
    version: server.version,
    answer: async (sql, type): Promise<Answer> => {
      try {
        const wanted = `pg_typeof(v) = pg_typeof(CAST(NULL AS ${sqlType(type, 'postgres')}))`
        const text = `SELECT v, ${wanted} AS typed FROM (${sql}) AS probe ORDER BY i`
        const { rows } = await client.query<[string | null, string]>({ text, rowMode: 'array' })
        return {
          values: rows.map(([v]) => canonical(v, type)),
          typed: rows.every(([, typed]) => typed === 't'),
        }
      } catch (error) {
        const code = String((error as { code?: unknown }).code ?? '')
        return { error: `${code} ${(error as Error).message}`, runtime: isDataError(error) }
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
