import { constants, type IncomingHttpHeaders } from 'node:http2'
import { type Message, decode } from './codec.ts'

/** The status codes of gRPC by number. Source: grpc.github.io/grpc/core/md_doc_statuscodes.html. */
export const statusNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

export type StatusName = (typeof statusNames)[number]

/** Where a failed call got to: a call of which nothing was sent cannot have had any effect. */
export type Reached = 'unsent' | 'sent'

/** A call that failed, before it is put into the terms of the product (see `etlError`). Stays inside this folder. */
export class RpcError extends Error {
  readonly status: StatusName
  readonly reached: Reached
  /** What Spark says of the failure: its `ErrorInfo` metadata, with `reason` added. */
  readonly info: Readonly<Record<string, string>>
  /** The pause that the server asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    status: StatusName,
    message: string,
    options: {
      readonly reached?: Reached
      readonly details?: Message<'google.rpc.Status'>
      readonly cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RpcError'
    this.status = status
    this.reached = options.reached ?? 'sent'
    this.info = infoOf(options.details)
    this.retryAfterMs = delayOf(options.details)
  }
}

function detail(details: Message<'google.rpc.Status'> | undefined, type: string): Uint8Array | undefined {
  return details?.details?.find((any) => any.type_url?.endsWith(`/${type}`) === true)?.value
}

function infoOf(details: Message<'google.rpc.Status'> | undefined): Readonly<Record<string, string>> {
  const value = detail(details, 'google.rpc.ErrorInfo')
  if (value === undefined) return {}
  const { reason = '', metadata = [] } = decode('google.rpc.ErrorInfo', value)
  return { reason, ...Object.fromEntries(metadata.map((e) => [e.key ?? '', e.value ?? ''])) }
}

function delayOf(details: Message<'google.rpc.Status'> | undefined): number | undefined {
  const value = detail(details, 'google.rpc.RetryInfo')
  if (value === undefined) return undefined
  const { retry_delay: delay } = decode('google.rpc.RetryInfo', value)
  return Number(delay?.seconds ?? 0n) * 1_000 + (delay?.nanos ?? 0) / 1e6
}

const ofHttp: Readonly<Record<number, StatusName>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
}

function messageOf(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What the headers or trailers of an answer say: an error, undefined for success, `open` when they say nothing yet. */
export function failureIn(headers: IncomingHttpHeaders): RpcError | undefined | 'open' {
  const http = Number(headers[constants.HTTP2_HEADER_STATUS] ?? 200)
  const code = headers['grpc-status']
  if (code === undefined) {
    if (http === 200) return 'open'
    return new RpcError(ofHttp[http] ?? 'UNKNOWN', `the server answered with HTTP status ${http}`)
  }
  if (code === '0') return undefined
  const encoded = headers['grpc-status-details-bin']
  const details =
    typeof encoded === 'string' ? decode('google.rpc.Status', Buffer.from(encoded, 'base64')) : undefined
  // The header may be cut short; the detail has the whole message.
  const message = details?.message ?? messageOf(String(headers['grpc-message'] ?? ''))
  const status = statusNames[Number(code)] ?? 'UNKNOWN'
  return new RpcError(status, message, details === undefined ? {} : { details })
}
