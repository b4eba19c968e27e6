import { EtlError } from '../base/errors.ts'
import type { SecretReference } from '../base/secret.ts'

/** What every Redshift warehouse declares. */
export interface RedshiftPlace {
  readonly database: string
  /** Folder in S3, in the region of the warehouse, where rows lie while they are loaded: `s3://bucket/folder`. */
  readonly stage: string
  /** ARN of the role with which Redshift reads that folder, several with commas between (a chain), or `default`. */
  readonly iamRole: string
  /** The schema of the ledger and of staging tables; made when it is not there. Default `securecart`. */
  readonly ledgerSchema?: string
}

/** Redshift by its wire protocol, inside its network. */
export interface RedshiftHost {
  readonly host: string
  /** Default 5439. */
  readonly port?: number
  readonly user: string
  /** Where the password is found. */
  readonly password?: SecretReference
  /** TLS, as in `postgres`. Default: `true`. */
  readonly tls?: boolean | { readonly ca: string }
}

/** Redshift by its Data API, signed with credentials of AWS: no network to it, no password. */
export interface RedshiftDataApi {
  /** A workgroup of Redshift Serverless, or `cluster`. */
  readonly workgroup?: string
  /** The identifier of a provisioned cluster. */
  readonly cluster?: string
  /** A database user of the cluster; default: the one of the caller's IAM identity. */
  readonly user?: string
  /** ARN of a secret of AWS Secrets Manager that holds user and password, instead of the identity. */
  readonly secretArn?: string
  /** Default: what the environment says, `AWS_REGION`. */
  readonly region?: string
}

export type RedshiftOptions = RedshiftPlace & (RedshiftHost | RedshiftDataApi)

/** An Amazon Redshift database: frozen data. */
export type RedshiftWarehouse = RedshiftOptions & {
  readonly kind: 'warehouse'
  readonly service: 'redshift'
}

/** Bytes that the names of schemas, tables and columns may have. Source: Redshift guide, "Names and identifiers". */
export const maxRedshiftNameBytes = 127

const textProblems = (options: Readonly<Record<string, unknown>>, names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const value = options[name]
    return typeof value === 'string' && value !== '' ? [] : [`${name} is missing`]
  })

function connectionProblems(options: RedshiftOptions): readonly string[] {
  if ('host' in options) {
    const { port = 5439, password } = options
    return [
      ...textProblems({ ...options }, ['host', 'user']),
      ...(Number.isInteger(port) && port > 0 && port < 65_536 ? [] : [`port is 1 to 65535, not ${port}`]),
      ...(password === undefined || password.kind === 'secret' ? [] : ["password is secret('env:NAME')"]),
      ...(['workgroup', 'cluster', 'secretArn', 'region'] as const).flatMap((name) =>
        name in options ? [`${name} belongs to the Data API, and host to the wire protocol`] : [],
      ),
    ]
  }
  const { workgroup, cluster, user, secretArn } = options
  return [
    ...((workgroup === undefined) === (cluster === undefined)
      ? ['give host and user, or workgroup, or cluster']
      : []),
    ...(user !== undefined && cluster === undefined ? ['user goes with cluster or host'] : []),
    ...(user !== undefined && secretArn !== undefined ? ['the secret of secretArn names the user'] : []),
    ...('password' in options ? ['the Data API takes no password: use secretArn'] : []),
  ]
}

/**
 * Declares an Amazon Redshift database as a warehouse, by the wire protocol (`host`) or by the Data API (`workgroup` or
 * `cluster`). It is spoken to when a target is delivered or planned, and never before.
 *
 * Rows go as Parquet files to `stage`, from where Redshift copies them with `iamRole`. The user needs the right to create
 * schemas, or to create tables in those of the targets and the ledger. Fails with `config.invalid`.
 */
export function redshift(options: RedshiftOptions): RedshiftWarehouse {
  const { stage, iamRole } = options
  const problems = [
    ...textProblems({ ...options }, ['database']),
    ...connectionProblems(options),
    ...(typeof stage === 'string' && /^s3:\/\/[a-z0-9][a-z0-9.-]+(\/|$)/.test(stage)
      ? []
      : ['stage is s3://bucket/folder']),
    ...(typeof iamRole === 'string' &&
    /^(default|arn:aws[a-z-]*:iam::\d{12}:role\/\S+(,arn:aws[a-z-]*:iam::\d{12}:role\/\S+)*)$/.test(iamRole)
      ? []
      : ["iamRole is 'arn:aws:iam::<account>:role/<name>' or 'default'"]),
  ]
  if (problems.length > 0) throw new EtlError('config.invalid', `redshift: ${problems.join('; ')}`)
  return Object.freeze({ ...options, kind: 'warehouse', service: 'redshift' })
}
