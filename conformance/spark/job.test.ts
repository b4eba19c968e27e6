import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EtlError } from '../../packages/etl/src/base/errors.ts'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { openSpark } from '../../packages/etl/src/engine/spark/index.ts'
import { jobOf } from '../../packages/etl/src/engine/spark/job/manifest.ts'
import { jobSessions } from '../../packages/etl/src/engine/spark/job/sessions.ts'
import { sparkSubmitter } from '../../packages/etl/src/engine/spark/job/submit/spark-submit.ts'
import type { Submit } from '../../packages/etl/src/engine/spark/job/submitter.ts'
import type { SparkStep } from '../../packages/etl/src/engine/spark/session.ts'
import type { SparkLine } from '../../tools/peers/spark-connect.ts'
import { distribution, smallDriver } from './distribution.ts'
import { differences, failingPlan, jobCases, overlapping } from './job-cases.ts'
import { isSkipped, lines, skipTitle } from './lines.ts'
import { build } from './tables.ts'

const minute = 60_000
const isFull = process.env['SPARK_JOBS'] === 'full'

async function submitter(
  line: SparkLine,
  options: { readonly timeoutMinutes?: number; readonly logs?: string } = {},
): Promise<Submit> {
  const { sparkHome, env } = await distribution(line)
  return sparkSubmitter({ sparkHome, env, master: 'local[2]', conf: smallDriver, ...options })
}

const failureOf = (work: Promise<unknown>): Promise<EtlError> =>
  work.then(
    () => expect.unreachable('the job succeeded'),
    (error: unknown) => error as EtlError,
  )

describe.skipIf(isSkipped).each(lines)(`jobs by spark-submit of Spark %s${skipTitle}`, (line) => {
  const duckdb = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
  let folder = ''
  let spark: Engine
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-job-'))
    spark = openSpark({ embedded: duckdb, open: jobSessions(await submitter(line)) })
  }, 10 * minute)
  afterAll(async () => {
    await spark[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  // The statements are judged on both lines by other suites; a job of each takes half a minute of two cores.
  const chosen = isFull || line === '4.1' ? jobCases : jobCases.filter((c) => c.telling === true)
  test.each(chosen.map((c) => c.name))(
    '%s: the table of the job equals that of DuckDB',
    async (name) => expect(await differences(name, { spark, duckdb, folder })).toEqual([]),
    3 * minute,
  )

  test(
    'a failing statement fails with the class of Spark',
    async () => {
      const error = await failureOf(build(spark, await failingPlan(folder)))
      expect(error).toMatchObject({ code: 'engine.failed', params: { sqlState: '22003' } })
      expect(error.params['errorClass']).toContain('ARITHMETIC_OVERFLOW')
      expect(error.message).toContain('writing numbers failed')
    },
    3 * minute,
  )

  test(
    'a lookup that finds two rows stops the job before it writes',
    async () => {
      const error = await failureOf(build(spark, await overlapping(folder)))
      expect(error).toMatchObject({ code: 'run.lookup-not-unique' })
    },
    3 * minute,
  )

  const endless: readonly SparkStep[] = [
    {
      kind: 'rows',
      sql: "SELECT CAST(count(*) AS STRING) FROM range(1000000000000) WHERE sha2(CAST(id AS STRING), 512) = ''",
      doing: 'waiting',
      stops: false,
    },
  ]
  const running = (id: string): readonly number[] => {
    const { stdout } = spawnSync('pgrep', ['-f', `securecart-${id}`], { encoding: 'utf8' })
    return stdout
      .split('\n')
      .filter((pid) => pid !== '')
      .map(Number)
  }

  test(
    'a killed driver is a failure that says so; a cancelled one is gone',
    async () => {
      const submit = await submitter(line, { logs: join(folder, 'logs') })
      const job = jobOf(endless, {})
      const killed = await submit(job, {
        onLog: (text) => {
          if (text === 'securecart: waiting')
            for (const pid of running(job.manifest.id)) process.kill(pid, 'SIGKILL')
        },
      })
      expect(killed).toMatchObject({ succeeded: false, said: expect.stringContaining('SIGKILL') })
      expect(killed.report).toBeUndefined()
      expect(await readFile(killed.logs ?? '', 'utf8')).toContain('securecart: waiting\n')
      const other = jobOf(endless, {})
      const abort = new AbortController()
      const onLog = (text: string): void => {
        if (text === 'securecart: waiting') abort.abort()
      }
      const error = await failureOf(submit(other, { signal: abort.signal, onLog }))
      expect(error).toMatchObject({ code: 'run.cancelled' })
      expect(running(other.manifest.id)).toEqual([])
    },
    3 * minute,
  )

  test(
    'a job that takes too long is ended, and a driver that did nothing is no success',
    async () => {
      const job = jobOf(endless, {})
      const error = await failureOf((await submitter(line, { timeoutMinutes: 0.05 }))(job, {}))
      expect(error).toMatchObject({ code: 'engine.job-timeout' })
      expect(running(job.manifest.id)).toEqual([])
      const idle = jobSessions(async () => ({ where: 'the job', succeeded: true }))
      const session = await idle({})
      const nothing = session.foresee?.(endless, { doing: 'waiting' }) ?? Promise.resolve()
      expect(await failureOf(nothing)).toMatchObject({ code: 'engine.job-lost' })
    },
    3 * minute,
  )
})

test('a distribution without spark-submit is a mistake of the configuration', async () => {
  const submit = sparkSubmitter({ sparkHome: '/nowhere' })
  expect(await failureOf(submit(jobOf([], {}), {}))).toMatchObject({ code: 'config.invalid' })
})
