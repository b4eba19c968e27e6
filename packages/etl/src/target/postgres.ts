import { EtlError } from '../base/errors.ts'
import type { SecretReference } from '../base/secret.ts'

export interface PostgresOptions {
  /** A host, or the absolute folder of a Unix socket. */
  readonly host: string
  /** Default 5432. */
  readonly port?: number
  readonly database: string
  readonly user: string
  /** Where the password is found; absent where the server asks for none. */
  readonly password?: SecretReference
  /**
   * TLS: `true` checks the server's certificate against the authorities that Node knows, `{ ca }` against that of a file.
   * Default: no TLS.
   */
  readonly tls?: boolean | { readonly ca: string }
  /** The schema of the ledger table; made when it is not there. Default `securecart`. */
  readonly ledgerSchema?: string
}

/** A PostgreSQL database (13 or newer): frozen data. */
export interface PostgresWarehouse extends PostgresOptions {
  readonly kind: 'warehouse'
  readonly service: 'postgres'
}

/**
 * Declares a PostgreSQL database as a warehouse. It is spoken to when a target is delivered or planned, and never before.
 *
 * Fails with `config.invalid`. The user needs the right to create schemas, or must own those of the targets and the ledger.
 */
export function postgres(options: PostgresOptions): PostgresWarehouse {
  const { host, port = 5432, database, user, password } = options
  const problems = [
    ...Object.entries({ host, database, user }).flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [] : [`${name} is missing`],
    ),
    ...(Number.isInteger(port) && port > 0 && port < 65_536 ? [] : [`port is 1 to 65535, not ${port}`]),
    ...(password === undefined || password.kind === 'secret' ? [] : ["password is secret('env:NAME')"]),
  ]
  if (problems.length > 0) throw new EtlError('config.invalid', `postgres: ${problems.join('; ')}`)
  return Object.freeze({ ...options, kind: 'warehouse', service: 'postgres' })
}
