import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { type ApiModel, apiModel } from '../../tools/peers/botocore.ts'
import { problemsOf } from './api-check.ts'
import { type Account, type Answer, type Call, failed } from './aws-account.ts'
import { emrCall } from './aws-emr.ts'
import { glueCall } from './aws-glue.ts'
import { kill, type RunOptions } from './job-run.ts'
import { signedFor } from './signature.ts'

/** Emulated S3, Glue and EMR Serverless on one port, whose jobs are drivers on this machine. */
export interface AwsJobs extends AsyncDisposable {
  readonly endpoint: string
  readonly account: Account
  /** Every call in order, by operation. */
  readonly calls: string[]
  /** How requests and answers broke the services' models or were wrongly signed. */
  readonly problems: string[]
}

interface Server extends Omit<AwsJobs, 'endpoint' | typeof Symbol.asyncDispose> {
  readonly models: Readonly<Record<'glue' | 'emr-serverless', ApiModel>>
}

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const xmlError = (code: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`

/** Put, get and delete of objects, which lie as files under `storage`. */
async function s3(request: IncomingMessage, body: Buffer, response: ServerResponse, storage: string) {
  const file = join(storage, decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname))
  if (request.method === 'PUT') {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, body)
    response.end()
    return
  }
  if (request.method === 'DELETE') {
    await rm(file, { force: true })
    response.writeHead(204).end()
    return
  }
  const found = await readFile(file).catch(() => undefined)
  if (found !== undefined) response.end(found)
  else response.writeHead(404, { 'content-type': 'application/xml' }).end(xmlError('NoSuchKey'))
}

const shapes = (model: ApiModel, operation: string) => ({
  input: model.operations[operation]?.input?.shape ?? '',
  output: model.operations[operation]?.output?.shape ?? '',
})

async function answerOf(server: Server, service: string, call: Call): Promise<Answer | undefined> {
  const { account, calls, models, problems } = server
  calls.push(call.operation)
  const fault = account.faults.get(call.operation)?.shift()
  if (fault === 'throttle') return failed('ThrottlingException', 'Rate exceeded')
  if (fault === 'break') return failed('InternalServerException', 'try again', 500)
  const model = models[service === 'glue' ? 'glue' : 'emr-serverless']
  const wrong = problemsOf(call.input, {
    model,
    shape: shapes(model, call.operation).input,
    at: call.operation,
  })
  problems.push(...wrong)
  const invalid = service === 'glue' ? 'InvalidInputException' : 'ValidationException'
  if (wrong.length > 0) return failed(invalid, wrong.join('; '))
  const answer = service === 'glue' ? glueCall(call, account) : emrCall(call, account)
  if (answer.error === undefined) {
    const shape = shapes(model, call.operation).output
    problems.push(...problemsOf(answer.body, { model, shape, at: `answer of ${call.operation}` }))
  }
  return fault === 'lose-answer' ? undefined : answer
}

/** `POST /applications/{id}/jobruns`, `GET` and `DELETE /applications/{id}/jobruns/{run}`. */
function emrRequest(request: IncomingMessage, body: Buffer): Call {
  const [, , applicationId, , jobRunId] = (request.url ?? '').split('?')[0]?.split('/') ?? []
  if (request.method === 'POST')
    return {
      operation: 'StartJobRun',
      input: { applicationId, ...JSON.parse(body.toString()) } as Call['input'],
    }
  const operation = request.method === 'DELETE' ? 'CancelJobRun' : 'GetJobRun'
  return { operation, input: { applicationId, jobRunId } }
}

const glueRequest = (request: IncomingMessage, body: Buffer): Call => ({
  operation: String(request.headers['x-amz-target']).replace('AWSGlue.', ''),
  input: JSON.parse(body.toString()) as Call['input'],
})

async function serve(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readAll(request)
  const service = signedFor(request, body)
  if (service === undefined) {
    server.problems.push(`${request.method} ${request.url} is wrongly signed`)
    // S3 speaks XML, the others read the header.
    response
      .writeHead(403, { 'x-amzn-errortype': 'InvalidSignatureException', 'content-type': 'application/xml' })
      .end(xmlError('SignatureDoesNotMatch'))
    return
  }
  if (service === 's3') return s3(request, body, response, server.account.storage)
  const call = service === 'glue' ? glueRequest(request, body) : emrRequest(request, body)
  const answer = await answerOf(server, service, call)
  if (answer === undefined) {
    request.socket.destroy()
    return
  }
  const json =
    service === 'glue' && answer.error !== undefined ? { __type: answer.error, ...answer.body } : answer.body
  response
    .writeHead(answer.status, {
      'content-type': service === 'glue' ? 'application/x-amz-json-1.1' : 'application/json',
      ...(answer.error === undefined ? {} : { 'x-amzn-errortype': answer.error }),
    })
    .end(JSON.stringify(json))
}

/** Starts the emulator. Disposing of it ends what still runs. */
export async function startAwsJobs(options: RunOptions): Promise<AwsJobs> {
  const account: Account = {
    ...options,
    runs: new Map(),
    tokens: new Map(),
    faults: new Map(),
    maxConcurrentRuns: 3,
  }
  const models = {
    glue: await apiModel('glue/2017-03-31'),
    'emr-serverless': await apiModel('emr-serverless/2021-07-13'),
  }
  const server: Server = { account, calls: [], problems: [], models }
  const http = createServer((request, response) => void serve(server, request, response))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const { port } = http.address() as AddressInfo
  return {
    account,
    calls: server.calls,
    problems: server.problems,
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const run of account.runs.values()) kill(run)
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}
