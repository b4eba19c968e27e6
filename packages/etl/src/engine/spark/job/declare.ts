import { EtlError } from '../../../base/errors.ts'

/** What all kinds of jobs take. */
export interface JobOptions {
  /** Settings of Spark for each job, such as `spark.executor.memory`. */
  readonly conf?: Readonly<Record<string, string>>
  /** A job that takes longer is ended; default 720. */
  readonly timeoutMinutes?: number
}

/** Jobs by the `spark-submit` of a Spark distribution. */
export interface SparkSubmitOptions extends JobOptions {
  /** Folder of the distribution; default: `SPARK_HOME`, else the folder of the `spark-submit` on the path. */
  readonly sparkHome?: string
  /** `local[4]`, `yarn`, `spark://host:7077`; default: what the distribution is configured for. */
  readonly master?: string
  /** More arguments of spark-submit, such as `--deploy-mode`. */
  readonly args?: readonly string[]
  /** Variables of its environment besides those of this process, such as `PYSPARK_PYTHON`. */
  readonly env?: Readonly<Record<string, string>>
  /** Folder for manifests and reports that the driver sees under the same path; default: the system's for temporary files. */
  readonly staging?: string
  /** Folder that keeps what each driver prints, in a file per job; default: only its last words are kept. */
  readonly logs?: string
}

/** What both services of AWS take. Credentials and endpoints are those of the AWS SDK: its environment and its files. */
export interface AwsJobOptions extends JobOptions {
  /** `s3://bucket/prefix` for the runner, manifests and reports. */
  readonly staging: string
  /** Default: what the AWS SDK is configured for. */
  readonly region?: string
  /** Milliseconds to the first look at a started job, at least 50; later looks are rarer. Default 2000. */
  readonly pollMs?: number
}

/** Jobs of an EMR Serverless application of type Spark. */
export interface EmrServerlessOptions extends AwsJobOptions {
  /** The id of the application. */
  readonly application: string
  /** ARN of the role that jobs run as. */
  readonly role: string
  /** `s3://…` that the service writes the driver's logs to. */
  readonly logs?: string
}

/** Runs of a Spark job (`glueetl`) that is defined in Glue; its script is replaced by the runner for each run. */
export interface GlueOptions extends AwsJobOptions {
  /** The name of the job. */
  readonly job: string
  /** `G.1X`; needs `workers`. Default: as the job is defined. */
  readonly workerType?: string
  readonly workers?: number
}

/** How unattended Spark jobs are submitted: a frozen value for `spark` in the configuration. */
export type SparkJob = { readonly kind: 'spark-job' } & (
  | ({ readonly service: 'spark-submit' } & SparkSubmitOptions)
  | ({ readonly service: 'emr-serverless' } & EmrServerlessOptions)
  | ({ readonly service: 'glue' } & GlueOptions)
)

const wrong = (what: string): EtlError => new EtlError('config.invalid', what)

function checked<T extends SparkJob>(job: T): T {
  const { timeoutMinutes } = job
  if (timeoutMinutes !== undefined && !(timeoutMinutes > 0))
    throw wrong(`timeoutMinutes is above zero, not ${timeoutMinutes}`)
  if (job.service === 'spark-submit') return Object.freeze(job)
  if (!/^s3:\/\/[^/]+/.test(job.staging))
    throw wrong(`staging is a place in S3 such as s3://bucket/prefix, not "${job.staging}"`)
  if (job.pollMs !== undefined && !(job.pollMs >= 50)) throw wrong(`pollMs is at least 50, not ${job.pollMs}`)
  return Object.freeze(job)
}

/** Runs each table's work as a job of `spark-submit`. Fails with `config.invalid`. */
export const sparkSubmit = (options: SparkSubmitOptions = {}): SparkJob =>
  checked({ kind: 'spark-job', service: 'spark-submit', ...options })

/**
 * Runs each table's work as a job run of an EMR Serverless application. Needs the packages
 * `@aws-sdk/client-emr-serverless` and `@aws-sdk/client-s3`. Fails with `config.invalid`.
 */
export function emrServerless(options: EmrServerlessOptions): SparkJob {
  if (!/^[0-9a-z]+$/.test(options.application))
    throw wrong(`application is the id of an EMR Serverless application, not "${options.application}"`)
  if (!options.role.startsWith('arn:')) throw wrong(`role is the ARN of a role, not "${options.role}"`)
  return checked({ kind: 'spark-job', service: 'emr-serverless', ...options })
}

/**
 * Runs each table's work as a run of a Glue job. Needs the packages `@aws-sdk/client-glue` and `@aws-sdk/client-s3`.
 * The job's own retries must be 0. Fails with `config.invalid`.
 */
export function glue(options: GlueOptions): SparkJob {
  if (options.job === '') throw wrong('job is the name of a Glue job')
  if ((options.workerType === undefined) !== (options.workers === undefined))
    throw wrong('workerType and workers are given together')
  return checked({ kind: 'spark-job', service: 'glue', ...options })
}
