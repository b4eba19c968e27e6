import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Faults, openFaults } from '../../s3/server/fault.ts'
import { signedFor } from '../../spark/signature.ts'

/** A statement, or several that are one transaction. */
interface Statement {
  readonly id: string
  readonly sqls: readonly string[]
  readonly isBatch: boolean
  readonly token: string
  status: 'SUBMITTED' | 'PICKED' | 'STARTED' | 'FINISHED' | 'FAILED' | 'ABORTED'
  error: string | undefined
  readonly results: (pg.QueryArrayResult | undefined)[]
  client: pg.Client | undefined
}

export interface DataApi extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string
  readonly faults: Faults
  /** Operations that were answered, in order. */
  readonly log: string[]
  readonly statements: ReadonlyMap<string, Statement>
  /** Called before statements run. */
  onRun: ((sqls: readonly string[]) => void | Promise<void>) | undefined
}

class ApiError extends Error {
  readonly type: string
  readonly status: number
  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

const invalid = (message: string): ApiError => new ApiError('ValidationException', message)

interface Options {
  readonly port: number
  readonly database: string
  readonly user: string
  /** The one workgroup that there is. */
  readonly workgroup: string
}

type Input = Readonly<Record<string, unknown>>
type Output = Readonly<Record<string, unknown>>

/**
 * Starts a server of the Redshift Data API (`AwsJson1_1`), whose statements run by the wire protocol of this stand-in.
 * Sources: Data API reference; management guide, "Considerations when calling the Amazon Redshift Data API".
 */
export async function startDataApi(options: Options): Promise<DataApi> {
  const statements = new Map<string, Statement>()
  const http = createServer((request, response) => void answer(request, response))
  const running = new Set<Promise<void>>()
  const api: DataApi = {
    endpoint: '',
    faults: openFaults(),
    log: [],
    statements,
    onRun: undefined,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await Promise.all(running)
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const operation = String(request.headers['x-amz-target']).replace('RedshiftData.', '')
    const send = (status: number, value: Output): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(value))
    }
    try {
      if (signedFor(request, body) !== 'redshift-data')
        throw new ApiError(
          'UnrecognizedClientException',
          'The security token included in the request is invalid.',
        )
      const fault = api.faults.meet(operation, '')
      if (fault === 'reset') return void request.socket.resetAndDestroy()
      if (fault === 'slow-down') throw new ApiError('ThrottlingException', 'Rate exceeded')
      if (fault === 'conflict')
        throw new ApiError(
          'ActiveStatementsExceededException',
          'Active statements exceeded the allowed quota (500).',
        )
      if (fault === 'internal-error') throw new ApiError('InternalServerException', 'Internal error', 500)
      const output = perform(operation, JSON.parse(body.toString('utf8')) as Input)
      api.log.push(operation)
      if (fault === 'lose-reply') return void request.socket.resetAndDestroy()
      send(200, output)
    } catch (error) {
      const { type, status, message } =
        error instanceof ApiError ? error : new ApiError('InternalServerException', String(error), 500)
      send(status, { __type: type, message, Message: message })
    }
  }

  function perform(operation: string, input: Input): Output {
    switch (operation) {
      case 'ExecuteStatement':
        return submit(input, [String(input['Sql'])], false)
      case 'BatchExecuteStatement':
        return submit(input, input['Sqls'] as string[], true)
      case 'DescribeStatement':
        return describe(found(input))
      case 'GetStatementResult':
        return resultOf(input)
      case 'CancelStatement': {
        const statement = found(input)
        if (['FINISHED', 'FAILED', 'ABORTED'].includes(statement.status))
          throw invalid('Could not cancel a query that is already in FINISHED state')
        statement.status = 'ABORTED'
        void statement.client?.end().catch(() => undefined)
        return { Status: true }
      }
      default:
        throw new ApiError('UnknownOperationException', operation)
    }
  }

  function submit(input: Input, sqls: readonly string[], isBatch: boolean): Output {
    const { ClientToken, Database, WorkgroupName, ClusterIdentifier, SecretArn } = input
    if (WorkgroupName === undefined && ClusterIdentifier === undefined)
      throw invalid('Either WorkgroupName or ClusterIdentifier is required')
    if (SecretArn === undefined && WorkgroupName !== options.workgroup)
      throw new ApiError('ResourceNotFoundException', `Workgroup ${String(WorkgroupName)} was not found.`)
    if (Database !== options.database) throw invalid(`FATAL: database "${String(Database)}" does not exist`)
    if (sqls.length < 1 || sqls.length > 40) throw invalid('Sqls: 1 to 40 statements')
    if (sqls.some((sql) => Buffer.byteLength(sql) > 100_000))
      throw invalid('Query statement is larger than 100 KB')
    if (sqls.some((sql) => /^\s*(BEGIN|COMMIT|ROLLBACK|END)\b/i.test(sql)))
      throw invalid('a batch is one transaction')
    const token = String(ClientToken)
    const earlier = [...statements.values()].find((s) => s.token === token)
    if (earlier !== undefined) {
      if (JSON.stringify(earlier.sqls) !== JSON.stringify(sqls))
        throw invalid('The client token was used with other parameters')
      return { Id: earlier.id }
    }
    const statement: Statement = {
      id: randomUUID(),
      sqls,
      isBatch,
      token,
      status: 'SUBMITTED',
      error: undefined,
      results: [],
      client: undefined,
    }
    statements.set(statement.id, statement)
    const task = execute(statement).finally(() => running.delete(task))
    running.add(task)
    return { Id: statement.id, Database, WorkgroupName, CreatedAt: Date.now() / 1000 }
  }

  async function execute(statement: Statement): Promise<void> {
    await sleep(5)
    if (statement.status === 'SUBMITTED') statement.status = 'PICKED'
    await api.onRun?.(statement.sqls)
    const { port, database, user } = options
    const client = new pg.Client({ host: '127.0.0.1', port, database, user })
    client.on('error', () => undefined)
    statement.client = client
    try {
      await client.connect()
      if ((statement.status as string) === 'ABORTED') return
      statement.status = 'STARTED'
      if (statement.isBatch) await client.query('BEGIN')
      for (const text of statement.sqls)
        statement.results.push(await client.query<unknown[]>({ text, rowMode: 'array' }))
      if (statement.isBatch) await client.query('COMMIT')
      statement.status = 'FINISHED'
    } catch (error) {
      const { message, detail } = error as { readonly message: string; readonly detail?: string }
      if ((statement.status as string) !== 'ABORTED') statement.status = 'FAILED'
      // A message is all that the service gives.
      statement.error = `ERROR: ${message}${detail === undefined ? '' : `\n  Detail: ${detail}`}`
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  function found(input: Input): Statement {
    const [id = ''] = String(input['Id']).split(':')
    const statement = statements.get(id)
    if (statement === undefined)
      throw new ApiError('ResourceNotFoundException', `Query does not exist. ${String(input['Id'])}`)
    return statement
  }

  function describe(s: Statement): Output {
    const hasRows = (n: number): boolean => s.status === 'FINISHED' && s.results[n]?.command === 'SELECT'
    return {
      Id: s.id,
      Status: s.status,
      ...(s.error === undefined ? {} : { Error: s.error }),
      HasResultSet: s.isBatch ? false : hasRows(0),
      ResultRows: s.results[0]?.rowCount ?? -1,
      ...(s.isBatch
        ? {
            SubStatements: s.sqls.map((_, n) => ({
              Id: `${s.id}:${n + 1}`,
              Status: n < s.results.length ? s.status : 'SUBMITTED',
              HasResultSet: hasRows(n),
              ResultRows: s.results[n]?.rowCount ?? -1,
            })),
          }
        : {}),
    }
  }

  /** Pages of two records, so that paging happens. */
  function resultOf(input: Input): Output {
    const statement = found(input)
    const [, part] = String(input['Id']).split(':')
    if (statement.isBatch !== (part !== undefined)) throw invalid('name one statement of the batch')
    const result = statement.results[Number(part ?? 1) - 1]
    if (statement.status !== 'FINISHED' || result === undefined)
      throw new ApiError(
        'ResourceNotFoundException',
        'Query does not have result. Please check query status.',
      )
    const from = Number(input['NextToken'] ?? 0)
    const to = from + 2
    return {
      ColumnMetadata: result.fields.map((f) => ({ name: f.name })),
      Records: result.rows.slice(from, to).map((row) => (row as unknown[]).map(fieldOf)),
      TotalNumRows: result.rows.length,
      ...(to < result.rows.length ? { NextToken: String(to) } : {}),
    }
  }

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return Object.assign(api, { endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}` })
}

/** A value as the service writes it. */
function fieldOf(value: unknown): Output {
  if (value === null || value === undefined) return { isNull: true }
  if (typeof value === 'boolean') return { booleanValue: value }
  if (typeof value === 'number')
    return Number.isInteger(value) ? { longValue: value } : { doubleValue: value }
  // `pg` gives bigint as text; the service has a number.
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return { longValue: Number(value) }
  return { stringValue: String(value) }
}
