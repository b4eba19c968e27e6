import type { SecretReference } from '../../base/secret.ts'

/**
 * How S3 is reached. All is optional: region, endpoint and credentials come from where all tools of AWS take them, the
 * environment (`AWS_REGION`, `AWS_ENDPOINT_URL_S3`, `AWS_ACCESS_KEY_ID`, …), the shared files, or the role of the machine.
 */
export interface S3Options {
  readonly region?: string
  /** Address of the service where it is not that of AWS, such as `http://localhost:9000`. */
  readonly endpoint?: string
  /** Buckets in the path, not in the host name. Default: where the endpoint is not that of AWS. */
  readonly forcePathStyle?: boolean
  /** Id, ARN or alias of the key that new objects are encrypted with (SSE-KMS). Default: what the bucket says. */
  readonly kmsKey?: string
  /** Keys by reference; default: the chain of AWS. They are read again every ten minutes. */
  readonly credentials?: {
    readonly accessKeyId: SecretReference
    readonly secretAccessKey: SecretReference
    readonly sessionToken?: SecretReference
  }
  /** Bytes of source files that may lie on this machine at a time. Default: nine tenths of the free disk. */
  readonly maxStagedBytes?: number
  /** Bytes of data files that are kept on this machine from one run to the next. Default: 10 GiB. */
  readonly cacheBytes?: number
}

/** What is wrong with the settings of S3, for the configuration. */
export function problemsOfS3(s3: S3Options, where: string): readonly string[] {
  const problems: string[] = []
  for (const name of ['region', 'kmsKey'] as const)
    if (s3[name] !== undefined && (typeof s3[name] !== 'string' || s3[name] === ''))
      problems.push(`${where}s3.${name} is a text`)
  if (s3.endpoint !== undefined && !/^https?:\/\/[^/]+/.test(s3.endpoint))
    problems.push(`${where}s3.endpoint is an address such as https://s3.eu-central-1.amazonaws.com`)
  for (const name of ['maxStagedBytes', 'cacheBytes'] as const)
    if (s3[name] !== undefined && !(s3[name] >= 0)) problems.push(`${where}s3.${name} is a number of bytes`)
  for (const [name, reference] of Object.entries(s3.credentials ?? {}))
    if ((reference as { kind?: unknown } | undefined)?.kind !== 'secret')
      problems.push(`${where}s3.credentials.${name} is a reference, secret('env:NAME')`)
  return problems
}

/** The endpoint that the settings or the environment name, in the order in which the SDK looks. */
function endpointOf(s3: S3Options): string | undefined {
  return s3.endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']
}

/** Whether buckets stand in the path. */
export function usesPathStyle(s3: S3Options): boolean {
  const endpoint = endpointOf(s3)
  return s3.forcePathStyle ?? (endpoint !== undefined && !/\.amazonaws\.com/.test(endpoint))
}
