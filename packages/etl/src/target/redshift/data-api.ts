import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import { EtlError } from '../../base/errors.ts'
import { loadOptional } from '../../base/optional.ts'
import type { RedshiftDataApi, RedshiftPlace } from '../redshift.ts'
import type { RedshiftConnection, TextRows } from './connection.ts'
import { dataApiFailure, isOver } from './data-api-failure.ts'
import { readRows } from './data-api-rows.ts'
import { redshiftFailure, unknownOutcome } from './failure.ts'
import { pauseAfter } from '../../base/backoff.ts'

type Sdk = typeof import('@aws-sdk/client-redshift-data')

/** Attempts that the SDK makes of a call; a repeated one carries the same token, so it starts nothing twice. */
const attempts = 6
const connectionMs = 10_000
const silenceMs = 30_000
/** Source: Redshift management guide, "Considerations when calling the Amazon Redshift Data API": 100 KB a statement. */
const maxStatementBytes = 100_000
/** Source: Data API reference, `BatchExecuteStatement`: at most 40 items. */
const maxStatements = 40
const [firstPauseMs, longestPauseMs] = [50, 2_000]
/** How long the service may give no answer before nobody knows how a statement ended. */
const patienceMs = 120_000

/** What a statement came to. */
interface Ended {
  /** The id under which the rows of its last part are found; undefined when it has none. */
  readonly rowsOf: string | undefined
}

interface Caller {
  readonly client: RedshiftDataClient
  readonly sdk: Sdk
  /** Where statements run, and as whom. */
  readonly where: Readonly<Record<string, string>>
}

const whereOf = ({
  database,
  workgroup,
  cluster,
  user,
  secretArn,
}: RedshiftDataApi & RedshiftPlace): Readonly<Record<string, string>> => ({
  Database: database,
  ...(workgroup === undefined ? {} : { WorkgroupName: workgroup }),
  ...(cluster === undefined ? {} : { ClusterIdentifier: cluster }),
  ...(user === undefined ? {} : { DbUser: user }),
  ...(secretArn === undefined ? {} : { SecretArn: secretArn }),
})

function assertFits(statements: readonly string[], doing: string): void {
  const bytes = Math.max(...statements.map((s) => Buffer.byteLength(s)))
  if (bytes <= maxStatementBytes && statements.length <= maxStatements) return
  const why =
    bytes > maxStatementBytes
      ? `a statement has ${bytes} bytes; the Data API takes ${maxStatementBytes}`
      : `a transaction has ${statements.length} statements; the Data API takes ${maxStatements}`
  throw new EtlError('target.failed', `${doing} failed: ${why}`, {
    hint: 'Connect by the wire protocol (`host`), which has no such limit.',
  })
}

/** Hands statements over and returns the id under which they run; `token` makes sure that they do so once. */
async function submit({ client, sdk, where }: Caller, statements: readonly string[]): Promise<string> {
  const { BatchExecuteStatementCommand, ExecuteStatementCommand } = sdk
  const [first = ''] = statements
  const ClientToken = randomUUID()
  const call = async (): Promise<string | undefined> =>
    statements.length === 1
      ? (await client.send(new ExecuteStatementCommand({ ...where, Sql: first, ClientToken }))).Id
      : (
          await client.send(
            new BatchExecuteStatementCommand({ ...where, Sqls: [...statements], ClientToken }),
          )
        ).Id
  for (let n = 1; ; n++) {
    try {
      return (await call()) ?? ''
    } catch (error) {
      // Too many statements are active in the account; the SDK does not repeat that.
      const isCrowded = /^(ActiveStatementsExceeded|ActiveSessionsExceeded|Throttling)/.test(
        (error as Error).name,
      )
      if (!isCrowded || n >= attempts) throw error
      await pauseAfter(n, { firstMs: 1000 })
    }
  }
}

/** Waits until statements have ended. Fails with what Redshift said of them. */
async function wait({ client, sdk }: Caller, id: string, signal?: AbortSignal): Promise<Ended> {
  const { CancelStatementCommand, DescribeStatementCommand } = sdk
  let [pause, heard] = [firstPauseMs, Date.now()]
  for (;;) {
    if (signal?.aborted === true) {
      await client.send(new CancelStatementCommand({ Id: id })).catch(() => undefined)
      signal.throwIfAborted()
    }
    try {
      const told = await client.send(new DescribeStatementCommand({ Id: id }))
      heard = Date.now()
      if (told.Status === 'FINISHED') {
        const last = told.SubStatements?.at(-1)
        const part = last === undefined ? told : last
        return { rowsOf: part.HasResultSet === true ? part.Id : undefined }
      }
      if (told.Status === 'FAILED' || told.Status === 'ABORTED')
        throw new Ending(told.Error ?? `the statement was ${told.Status.toLowerCase()}`)
    } catch (error) {
      if (error instanceof Ending || isOver(error) || Date.now() - heard > patienceMs) throw error
    }
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    pause = Math.min(longestPauseMs, pause * 1.5)
  }
}

/** How a statement ended that failed: known, and without effect. */
class Ending extends Error {}

/**
 * Speaks to Redshift by its Data API: statements are handed over under a token that keeps a repeated call from running them
 * twice, and asked about until they have ended. Several statements in one call are one transaction. Fails with
 * `connection.failed`, `connection.unauthorized`, or `config.invalid` when the client is not installed or has no region.
 */
export async function connectByDataApi(
  warehouse: RedshiftDataApi & RedshiftPlace,
): Promise<RedshiftConnection> {
  const name = '@aws-sdk/client-redshift-data'
  const sdk = await loadOptional(name, () => import('@aws-sdk/client-redshift-data'))
  const client = new sdk.RedshiftDataClient({
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: connectionMs, requestTimeout: silenceMs },
    ...(warehouse.region === undefined ? {} : { region: warehouse.region }),
  })
  const caller: Caller = { client, sdk, where: whereOf(warehouse) }
  const finish = async (
    statements: readonly string[],
    doing: string,
    signal?: AbortSignal,
  ): Promise<Ended> => {
    assertFits(statements, doing)
    try {
      return await wait(caller, await submit(caller, statements), signal)
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw error instanceof Ending ? redshiftFailure(error, doing) : dataApiFailure(error, doing)
    }
  }
  const fetch = async ({ rowsOf }: Ended, doing: string): Promise<TextRows> => {
    if (rowsOf === undefined) return []
    try {
      return await readRows(client, sdk, rowsOf)
    } catch (error) {
      throw dataApiFailure(error, doing)
    }
  }
  return {
    run: async (sql, doing, signal) => {
      signal?.throwIfAborted()
      await finish([sql], doing, signal)
    },
    rows: async (sql, doing) => fetch(await finish([sql], doing), doing),
    transact: async (statements, doing) => {
      try {
        return await fetch(await finish(statements, doing), doing)
      } catch (error) {
        const isLost = error instanceof EtlError && error.params['answer'] === 'none'
        throw isLost ? unknownOutcome(doing, error) : error
      }
    },
    recover: async () => undefined,
    [Symbol.asyncDispose]: async () => client.destroy(),
  }
}
