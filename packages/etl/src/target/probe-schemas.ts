import { EtlError } from '../base/errors.ts'
import { quoteText } from '../function/dialect.ts'
import type { WarehouseProbe } from './probe.ts'

export interface SchemasProbe {
  /** `PostgreSQL 17.2` */
  readonly service: string
  readonly database: string
  /** Who asks, as messages call them. */
  readonly user: string
  readonly schemas: readonly string[]
  /** Runs a query and returns its rows, every value as text. */
  readonly rows: (sql: string) => Promise<readonly (readonly (string | null)[])[]>
}

const isTrue = (text: string | null | undefined): boolean => text === 't' || text === 'true'

/** Asks a database of PostgreSQL's kind whether tables can be made in schemas. Fails with `target.failed` where a right is missing. */
export async function probeSchemas(probe: SchemasProbe): Promise<WarehouseProbe> {
  const { service, database, user, rows } = probe
  const wanted = [...new Set(probe.schemas)].toSorted()
  const [[mayMake] = []] = await rows(`SELECT has_database_privilege(current_database(), 'CREATE')`)
  const found = await rows(
    `SELECT nspname, has_schema_privilege(nspname, 'CREATE') AND has_schema_privilege(nspname, 'USAGE')
     FROM pg_namespace WHERE nspname IN (${wanted.map(quoteText).join(', ')})`,
  )
  const there = new Map(found.map(([name, isUsable]) => [name ?? '', isTrue(isUsable)] as const))
  const closed = wanted.filter((name) => there.get(name) === false)
  const absent = wanted.filter((name) => !there.has(name))
  if (closed.length > 0)
    throw missing(`${user} may not create tables in the schema ${closed.join(', ')} of ${database}`, {
      hint: `GRANT USAGE, CREATE ON SCHEMA ${closed.join(', ')} TO ${user}`,
    })
  if (absent.length > 0 && !isTrue(mayMake))
    throw missing(`${user} may not create the schema ${absent.join(', ')} in ${database}`, {
      hint: `GRANT CREATE ON DATABASE ${database} TO ${user}`,
    })
  const open = wanted.filter((name) => there.has(name))
  return {
    service,
    notes: [
      ...(open.length === 0 ? [] : [`${user} may create tables in ${open.join(', ')}`]),
      ...(absent.length === 0 ? [] : [`the first delivery makes ${absent.join(', ')}`]),
    ],
  }
}

const missing = (message: string, options: { readonly hint: string }): EtlError =>
  new EtlError('target.failed', message, options)
