import { EtlError } from '../../../base/errors.ts'

/** What an address of a Spark Connect server says. It holds secrets: never print it whole, use `shownAddress`. */
export interface SparkAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly token?: string
  readonly userId?: string
  /** A UUID: continues the session of that id. */
  readonly sessionId?: string
  readonly userAgent?: string
  /** Sent with every call, names in lower case: how managed services take their tokens. */
  readonly headers: Readonly<Record<string, string>>
}

const defaultPort = 15_002
const hint =
  'Write sc://host:port/;token=…;use_ssl=true;user_id=…;session_id=…;x-some-header=… where all after the host may be left out.'

function refuse(message: string): never {
  throw new EtlError('config.invalid', message, { hint })
}

function portOf(text: string): number {
  if (text === '') return defaultPort
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    refuse(`The port of a Spark Connect address must be a number from 1 to 65535, not "${text}"`)
  return port
}

function decoded(key: string, value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return refuse(`The value of ${key} in a Spark Connect address is not percent-encoded UTF-8`)
  }
}

function parametersOf(path: string): ReadonlyMap<string, string> {
  if (!/^(\/(;.*)?)?$/s.test(path))
    refuse('A Spark Connect address has nothing after the host but "/;" and parameters')
  const parameters = new Map<string, string>()
  for (const part of path.slice(2).split(';')) {
    if (part === '') continue
    const at = part.indexOf('=')
    // What stands there may be a secret that lost its name, so it is not shown.
    if (at < 1) refuse('A parameter of a Spark Connect address has no "name=" before its value')
    const key = part.slice(0, at)
    if (parameters.has(key)) refuse(`The Spark Connect address gives ${key} twice`)
    const value = decoded(key, part.slice(at + 1))
    if (value === '') refuse(`The Spark Connect address gives ${key} no value`)
    if (/[^\x20-\x7e]/.test(value))
      refuse(`The value of ${key} in a Spark Connect address holds a character that no header can have`)
    parameters.set(key, value)
  }
  return parameters
}

function tlsOf(value: string | undefined, token: string | undefined): boolean {
  if (value !== undefined && value !== 'true' && value !== 'false')
    refuse(`use_ssl in a Spark Connect address is true or false, not "${value}"`)
  if (value === 'false' && token !== undefined)
    refuse('A Spark Connect address with a token needs TLS, but says use_ssl=false')
  return value === 'true' || token !== undefined
}

const reserved = ['token', 'use_ssl', 'user_id', 'session_id', 'user_agent']

/**
 * Reads an address as Spark's own clients do: `sc://host:port/;name=value;…`, the port 15002 unless given, values
 * percent-encoded. A token implies TLS; every parameter without a meaning of its own is a header.
 *
 * Fails with `config.invalid`, never showing a value that may be secret. Source: Apache Spark,
 * connector/connect/docs/client-connection-string.md, 3.5 and 4.1.
 */
export function parseSparkAddress(text: string): SparkAddress {
  const match = /^sc:\/\/(\[[0-9A-Fa-f:.]+\]|[^/:;@?#\s]+)(?::([^/;]*))?(.*)$/s.exec(text.trim())
  if (match === null) {
    return refuse(
      text.startsWith('sc://')
        ? 'The Spark Connect address names no valid host'
        : 'The address of a Spark Connect server begins with sc://',
    )
  }
  const [, host = '', port = '', path = ''] = match
  const parameters = parametersOf(path)
  const token = parameters.get('token')
  const userId = parameters.get('user_id')
  const sessionId = parameters.get('session_id')
  const userAgent = parameters.get('user_agent')
  if (sessionId !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(sessionId))
    refuse('session_id in a Spark Connect address is a UUID')
  const headers: Record<string, string> = {}
  for (const [key, value] of parameters) {
    if (reserved.includes(key)) continue
    if (!/^[0-9A-Za-z_.-]+$/.test(key))
      refuse('A parameter of a Spark Connect address has a name that no header can have')
    headers[key.toLowerCase()] = value
  }
  return Object.freeze({
    host: host.replace(/^\[|\]$/g, ''),
    port: portOf(port),
    tls: tlsOf(parameters.get('use_ssl'), token),
    ...(token === undefined ? {} : { token }),
    ...(userId === undefined ? {} : { userId }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(userAgent === undefined ? {} : { userAgent }),
    headers: Object.freeze(headers),
  })
}

/** The address without anything secret: `sc://host:port`. */
export function shownAddress(address: SparkAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `sc://${host}:${address.port}`
}
