import { EtlError } from '../../base/errors.ts'
import type { PostgresWarehouse } from '../postgres.ts'
import type { WarehouseProbe } from '../probe.ts'
import { connect } from './connect.ts'

/** Connects, and asks for the version and for the rights that deliveries into these schemas need. */
export async function probePostgres(
  warehouse: PostgresWarehouse,
  schemas: readonly string[],
  projectFolder: string,
): Promise<WarehouseProbe> {
  const { database, user, ledgerSchema = 'securecart' } = warehouse
  const wanted = [...new Set([...schemas, ledgerSchema])].toSorted()
  const doing = `asking for the rights of ${user}`
  await using connection = await connect(warehouse, projectFolder)
  const [[version = '', mayMake] = []] = await connection.rows(
    `SELECT current_setting('server_version'), has_database_privilege(current_database(), 'CREATE')`,
    doing,
  )
  const there = new Map(
    (
      await connection.rows(
        `SELECT nspname, has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE')
         FROM pg_namespace WHERE nspname = ANY ($1)`,
        doing,
        [wanted],
      )
    ).map(([name, isUsable]) => [name ?? '', isUsable === 't'] as const),
  )
  const closed = wanted.filter((name) => there.get(name) === false)
  const absent = wanted.filter((name) => !there.has(name))
  if (closed.length > 0)
    throw missing(`${user} may not create tables in the schema ${closed.join(', ')} of ${database}`, {
      hint: `GRANT USAGE, CREATE ON SCHEMA ${closed.join(', ')} TO ${user}`,
    })
  if (absent.length > 0 && mayMake !== 't')
    throw missing(`${user} may not create the schema ${absent.join(', ')} in ${database}`, {
      hint: `GRANT CREATE ON DATABASE ${database} TO ${user}`,
    })
  const open = wanted.filter((name) => there.has(name))
  return {
    service: `PostgreSQL ${version}`,
    notes: [
      ...(open.length === 0 ? [] : [`${user} may create tables in ${open.join(', ')}`]),
      ...(absent.length === 0 ? [] : [`the first delivery makes ${absent.join(', ')}`]),
    ],
  }
}

const missing = (message: string, options: { readonly hint: string }): EtlError =>
  new EtlError('target.failed', message, options)
