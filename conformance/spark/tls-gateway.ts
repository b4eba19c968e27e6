import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import {
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** What a cloud service puts in front of its Spark servers: TLS, and a token in the headers. */
export interface TlsGateway extends AsyncDisposable {
  readonly port: number
  /** The gateway's own authority, in PEM. */
  readonly ca: string
  /** The token that it lets in from now on. */
  expect(token: string): void
  /** Headers of the calls so far. */
  readonly seen: readonly IncomingHttpHeaders[]
}

function selfSigned(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tls-gateway-'))
  try {
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const made = ['-keyout', key, '-out', cert, '-days', '2', '-nodes']
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...made, ...subject], { stdio: 'pipe' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const unauthenticated = {
  [constants.HTTP2_HEADER_STATUS]: 200,
  'content-type': 'application/grpc',
  'grpc-status': '16',
  'grpc-message': 'the token is unknown or has expired',
}

/** Starts a gateway in front of a port of this machine. */
export async function startTlsGateway(target: number, token: string): Promise<TlsGateway> {
  const { key, cert } = selfSigned()
  const upstream = connect(`http://127.0.0.1:${target}`)
  upstream.on('error', () => {})
  const seen: IncomingHttpHeaders[] = []
  let expected = token
  const forward = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const { [constants.HTTP2_HEADER_AUTHORITY]: _, [constants.HTTP2_HEADER_SCHEME]: __, ...rest } = headers
    const call = upstream.request(rest, { endStream: false })
    let trailers: IncomingHttpHeaders = {}
    call.on('response', (answer, flags) => {
      const ends = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
      stream.respond(answer, ends ? { endStream: true } : { waitForTrailers: true })
    })
    call.on('trailers', (last) => (trailers = last))
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    call.on('error', () => stream.close())
    stream.on('error', () => call.close())
    stream.pipe(call)
    call.pipe(stream)
  }
  const server = createSecureServer({ key, cert }, undefined)
  server.on('stream', (stream, headers) => {
    seen.push(headers)
    if (headers['authorization'] === `Bearer ${expected}`) return forward(stream, headers)
    stream.respond(unauthenticated, { endStream: true })
    stream.resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    ca: cert,
    seen,
    expect: (now) => void (expected = now),
    [Symbol.asyncDispose]: async () => {
      upstream.destroy()
      server.close()
      await Promise.resolve()
    },
  }
}
