import { readdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EtlError } from '../../packages/etl/src/base/errors.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { openSpark } from '../../packages/etl/src/engine/spark/index.ts'
import {
  emrServerless,
  glue,
  jobSessions,
  type SparkJob,
  submitterOf,
} from '../../packages/etl/src/engine/spark/job/index.ts'
import { jobOf } from '../../packages/etl/src/engine/spark/job/manifest.ts'
import type { SubmitCall } from '../../packages/etl/src/engine/spark/job/submitter.ts'
import type { SparkStep } from '../../packages/etl/src/engine/spark/session.ts'
import { application } from './aws-emr.ts'
import { glueJob } from './aws-glue.ts'
import { type AwsJobs, startAwsJobs } from './aws-jobs.ts'
import { distribution } from './distribution.ts'
import { differences, failingPlan } from './job-cases.ts'
import { kill } from './job-run.ts'
import { isSkipped, skipTitle } from './lines.ts'
import { credentials } from './signature.ts'
import { build } from './tables.ts'

const minute = 60_000
const staging = 's3://staging/etl/jobs'
const common = { staging, region: 'us-east-1', pollMs: 200 }
const role = 'arn:aws:iam::123456789012:role/etl'
const logs = 's3://staging/logs'
const conf = { 'spark.driver.memory': '1g' }

const services: readonly { readonly name: string; readonly job: SparkJob; readonly unknown: SparkJob }[] = [
  {
    name: 'EMR Serverless',
    job: emrServerless({ ...common, application, role, logs, conf }),
    unknown: emrServerless({ ...common, application: '00fffffffffffff0', role }),
  },
  {
    name: 'Glue',
    job: glue({ ...common, job: glueJob, workerType: 'G.1X', workers: 2, conf }),
    unknown: glue({ ...common, job: 'missing' }),
  },
]

const failureOf = (work: Promise<unknown>): Promise<EtlError> =>
  work.then(
    () => expect.unreachable('the job succeeded'),
    (error: unknown) => error as EtlError,
  )

const statement = (sql: string): readonly SparkStep[] => [
  { kind: 'rows', sql, doing: 'asking', stops: false },
]
const quick = statement("SELECT 'x'")
const endless = statement(
  "SELECT CAST(count(*) AS STRING) FROM range(1000000000000) WHERE sha2(CAST(id AS STRING), 512) = ''",
)

describe.skipIf(isSkipped).each(services)(`jobs of $name${skipTitle}`, ({ name, job, unknown }) => {
  const duckdb = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
  const before = { ...process.env }
  let folder = ''
  let aws: AwsJobs
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-aws-'))
    aws = await startAwsJobs({
      spark: await distribution(name === 'Glue' ? '3.5' : '4.1'),
      storage: join(folder, 's3'),
    })
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: credentials.id,
      AWS_SECRET_ACCESS_KEY: credentials.secret,
    })
  }, 10 * minute)
  beforeEach(() => {
    aws.calls.length = 0
    aws.account.runs.clear()
    aws.account.faults.clear()
  })
  afterAll(async () => {
    for (const key of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (before[key] === undefined) delete process.env[key]
      else process.env[key] = before[key]
    }
    await aws[Symbol.asyncDispose]()
    await duckdb[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
    // Every request of the suite was signed, and fits the model of its service, as every answer does.
    expect(aws.problems).toEqual([])
  })

  const submit = async (steps: readonly SparkStep[], call: SubmitCall = {}, to = job) =>
    (await submitterOf(to))(jobOf(steps, {}), call)
  const staged = async (): Promise<readonly string[]> => {
    const files = await readdir(join(folder, 's3/staging/etl'), { recursive: true })
    return files.filter((f) => /\.(py|json)$/.test(f))
  }

  test(
    'a table of a job equals that of DuckDB, and nothing is left in S3',
    async () => {
      const spark = openSpark({ embedded: duckdb, open: jobSessions(await submitterOf(job)) })
      expect(await differences('rejects', { spark, duckdb, folder })).toEqual([])
      expect([...new Set(aws.calls)]).toEqual(['StartJobRun', 'GetJobRun'])
      expect(await staged()).toEqual([])
      const error = await failureOf(build(spark, await failingPlan(folder)))
      expect(error).toMatchObject({ code: 'engine.failed', params: { sqlState: '22003' } })
      expect(error.hint).toMatch(name === 'Glue' ? '/aws-glue/jobs/error' : 'SPARK_DRIVER')
    },
    5 * minute,
  )

  test(
    'throttled calls and a start whose answer is lost give one run',
    async () => {
      aws.account.faults.set('StartJobRun', ['throttle', 'lose-answer'])
      aws.account.faults.set('GetJobRun', ['throttle', 'break', 'lose-answer'])
      const end = await submit(quick)
      expect(end.succeeded).toBe(true)
      expect(end.report).toContain('"rows": [["x"]]')
      expect(aws.account.runs.size).toBe(1)
    },
    3 * minute,
  )

  test(
    'a killed driver is a failure with the words of the service; a run that vanished is lost',
    async () => {
      const killing = submit(endless)
      await expect.poll(() => [...aws.account.runs.values()][0]?.phase, { timeout: minute }).toBe('running')
      for (const run of aws.account.runs.values()) kill(run)
      expect(await killing).toMatchObject({ succeeded: false, said: expect.stringContaining('FAILED') })
      aws.account.runs.clear()
      const vanishing = failureOf(submit(endless))
      await expect.poll(() => [...aws.account.runs.values()][0]?.phase, { timeout: minute }).toBe('running')
      for (const run of aws.account.runs.values()) kill(run)
      aws.account.runs.clear()
      expect(await vanishing).toMatchObject({ code: 'engine.job-lost' })
    },
    3 * minute,
  )

  test(
    'an abort cancels the run and waits for its end',
    async () => {
      const abort = new AbortController()
      const cancelled = failureOf(submit(endless, { signal: abort.signal }))
      await expect.poll(() => [...aws.account.runs.values()][0]?.phase, { timeout: minute }).toBe('running')
      abort.abort()
      expect(await cancelled).toMatchObject({ code: 'run.cancelled' })
      expect([...aws.account.runs.values()].map((r) => r.phase)).toEqual(['stopped'])
      expect(await staged()).not.toContain('report.json')
    },
    3 * minute,
  )

  test(
    'an application or job that is not there, and wrong credentials, are said',
    async () => {
      expect(await failureOf(submit(quick, {}, unknown))).toMatchObject({
        code: 'engine.job-refused',
        hint: expect.stringContaining('region'),
      })
      process.env['AWS_SECRET_ACCESS_KEY'] = 'other'
      const error = await failureOf(submit(quick))
      process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secret
      expect(error).toMatchObject({ code: 'connection.unauthorized' })
      aws.problems.splice(
        0,
        aws.problems.length,
        ...aws.problems.filter((p) => !p.includes('wrongly signed')),
      )
    },
    3 * minute,
  )
})
