import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EtlError } from '../../packages/etl/src/base/errors.ts'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { openSpark } from '../../packages/etl/src/engine/spark/index.ts'
import { jobSessions } from '../../packages/etl/src/engine/spark/job/sessions.ts'
import { sparkSubmitter } from '../../packages/etl/src/engine/spark/job/submit/spark-submit.ts'
import type { Submit } from '../../packages/etl/src/engine/spark/job/submitter.ts'
import type { SparkLine } from '../../tools/peers/spark-connect.ts'
import { distribution, smallDriver } from './distribution.ts'
import { differences, failingPlan, jobCases, overlapping } from './job-cases.ts'
import { isSkipped, lines, skipTitle } from './lines.ts'
import { build } from './tables.ts'

const minute = 60_000

async function submitter(line: SparkLine, options: { readonly timeoutMinutes?: number } = {}): Promise<Submit> {
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

  test.each(jobCases.map((c) => c.name))(
    '%s: the table of the job equals that of DuckDB',
    async (name) => expect(await differences(name, { spark, duckdb, folder })).toEqual([]),
    3 * minute,
  )

  test(
    'a failing statement fails with the class of Spark',
    async () => {
      const error = await failureOf(build(spark, await failingPlan(folder)))
      expect(error).toMatchObject({ code: 'engine.failed', params: { sqlState: '22012' } })
      expect(error.params['errorClass']).toBe('DIVIDE_BY_ZERO')
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
})
