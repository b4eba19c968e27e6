import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, answer, element, escapeXml, xml } from './answer.ts'
import { type Body, readBody } from './body.ts'
import { Bucket, type Condition } from './bucket.ts'
import { type Call, readCall } from './call.ts'
import { type S3Code, S3Error } from './error.ts'
import { type Faults, type FaultKind, openFaults } from './fault.ts'
import { listObjects } from './list-objects.ts'
import { readObject } from './read-object.ts'
import { type KeyPair, verifySignature } from './signature.ts'
import {
  abortUpload,
  completeUpload,
  createUpload,
  deleteObject,
  deleteObjects,
  putObject,
  uploadPart,
} from './write-object.ts'

/** A running S3 server for tests. It keeps everything in memory. */
export interface S3Server extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string
  readonly buckets: ReadonlyMap<string, Bucket>
  makeBucket(name: string): Bucket
  readonly faults: Faults
  /** Key pairs that it knows; may be changed. */
  readonly keys: KeyPair[]
  /** Operations whose headers have arrived, and those that were answered, in order: `PutObject lake/catalog.json`. */
  readonly begun: string[]
  readonly log: string[]
  /** The `Range` of every GET, in order. */
  readonly ranges: (string | undefined)[]
  /** Called before a request is answered, to do something at just that moment. */
  onCall: ((call: Call) => void | Promise<void>) | undefined
  /** Called after a request has taken effect, before its answer. */
  onDone: ((call: Call) => void | Promise<void>) | undefined
  /** Keys that DeleteObjects fails for, though the call succeeds; called once for each. */
  onDeleteKey: ((key: string) => S3Code | undefined) | undefined
}

export const rootKey: KeyPair = { id: 'AKIDEXAMPLE00000', secret: 'wJalrXUtnFEMI/K7MDENG' }

/**
 * Starts an S3 server on a free port: path style, Signature Version 4 verified. `contract.ts` beside it lists the answers
 * of S3 that it gives.
 */
export async function startS3Server(): Promise<S3Server> {
  const http = createServer((request, response) => void handle(server, request, response))
  // Clients keep connections open between calls; a test ends them all.
  http.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const buckets = new Map<string, Bucket>()
  const server: S3Server = {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    buckets,
    makeBucket: (name) => {
      const bucket = new Bucket()
      buckets.set(name, bucket)
      return bucket
    },
    faults: openFaults(),
    keys: [rootKey],
    begun: [],
    log: [],
    ranges: [],
    onCall: undefined,
    onDone: undefined,
    onDeleteKey: undefined,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return server
}

async function handle(server: S3Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    let reply: Answer
    let fault: FaultKind | undefined
    try {
      const call = readCall(request)
      verifySignature(request, server.keys)
      server.begun.push(`${call.operation} ${call.bucket}/${call.key}`)
      if (call.operation === 'GetObject') server.ranges.push(request.headers.range)
      await server.onCall?.(call)
      fault = server.faults.meet(call.operation, call.key)
      if (fault === 'reset') return void request.socket.resetAndDestroy()
      reply = await perform(server, call, request, fault)
      server.log.push(`${call.operation} ${call.bucket}/${call.key}`)
      await server.onDone?.(call)
      const denied = fault === undefined ? undefined : deniedBy[fault]
      if (denied !== undefined) throw new S3Error(denied)
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      // What is left of the body is read, else the connection would break under the answer.
      request.resume()
      reply = refusal(error, request)
    }
    if (fault === 'lose-reply') return void request.socket.resetAndDestroy()
    send(response, reply, request, fault)
  } catch (error) {
    // The client went away, or the server is wrong.
    if (!request.destroyed || !request.complete) request.socket.destroy()
    else throw error
  }
}

const refusedBy: Partial<Record<FaultKind, ConstructorParameters<typeof S3Error>>> = {
  'slow-down': ['SlowDown', 'Please reduce your request rate.'],
  'internal-error': ['InternalError', 'We encountered an internal error. Please try again.'],
  expired: ['ExpiredToken', 'The provided token has expired.'],
  denied: ['AccessDenied', 'Access Denied'],
  conflict: ['ConditionalRequestConflict'],
}

/** What is answered although everything was done. */
const deniedBy: Partial<Record<FaultKind, S3Code>> = {
  'error-when-done': 'InternalError',
  'refusal-when-done': 'PreconditionFailed',
}

async function perform(
  server: S3Server,
  call: Call,
  request: IncomingMessage,
  fault: FaultKind | undefined,
): Promise<Answer> {
  const known = server.buckets.get(call.bucket)
  const condition: Condition = {
    ifMatch: call.headers['if-match'],
    ifNoneMatch: call.headers['if-none-match'],
    deletesBefore: known?.deletesOf(call.key) ?? 0,
  }
  const body = await readBody(request)
  const refused = fault === undefined ? undefined : refusedBy[fault]
  if (refused !== undefined) throw new S3Error(...refused)
  if (call.operation === 'CreateBucket') {
    if (known !== undefined) throw new S3Error('BucketAlreadyOwnedByYou')
    server.makeBucket(call.bucket)
    return answer(200)
  }
  if (known === undefined) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist')
  if (call.operation === 'DeleteObjects')
    return deleteObjects(known, call, body, (key) => server.onDeleteKey?.(key))
  return dispatch(known, call, body, condition)
}

function dispatch(bucket: Bucket, call: Call, body: Body, condition: Condition): Answer {
  switch (call.operation) {
    case 'HeadBucket':
      return answer(200)
    case 'ListObjectsV2':
      return listObjects(bucket, call)
    case 'GetObject':
    case 'HeadObject':
      return readObject(bucket, call)
    case 'PutObject':
      return putObject(bucket, call, body, condition)
    case 'CreateMultipartUpload':
      return createUpload(bucket, call)
    case 'UploadPart':
      return uploadPart(bucket, call, body)
    case 'CompleteMultipartUpload':
      return completeUpload(bucket, call, body, condition)
    case 'AbortMultipartUpload':
      return abortUpload(bucket, call)
    case 'DeleteObject':
      return deleteObject(bucket, call)
    default:
      throw new S3Error('NotImplemented', call.operation)
  }
}

function refusal(error: S3Error, request: IncomingMessage): Answer {
  const document = element(
    'Error',
    element('Code', error.code),
    element('Message', escapeXml(error.message)),
    element('Resource', escapeXml(request.url ?? '')),
    element('RequestId', '0'),
  )
  // Nothing may follow the headers of an answer to HEAD.
  return answer(
    error.status,
    { 'content-type': 'application/xml' },
    request.method === 'HEAD' ? '' : xml(document),
  )
}

let requests = 0

function send(
  response: ServerResponse,
  reply: Answer,
  request: IncomingMessage,
  fault: FaultKind | undefined,
): void {
  response.statusCode = reply.status
  response.setHeader('x-amz-request-id', String((requests += 1)))
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)
  if (!response.hasHeader('content-length') && reply.status !== 204 && reply.status !== 304)
    response.setHeader('content-length', reply.body.length)
  if (fault === 'truncate') {
    response.write(reply.body.subarray(0, reply.body.length >> 1), () => request.socket.destroy())
    return
  }
  const body = fault === 'corrupt' ? Buffer.from(reply.body) : reply.body
  if (fault === 'corrupt' && body.length > 0) body[0] = (body[0] ?? 0) ^ 1
  response.end(body)
}
