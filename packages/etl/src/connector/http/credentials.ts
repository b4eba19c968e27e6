import { EtlError } from '../../base/errors.ts'
import { readSecret, type Secret } from '../../base/secret.ts'
import type { HttpApi, HttpAuth } from '../http-api.ts'

/** What asks a service for a token; its answer's body. */
export type AskToken = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<Buffer>

/** The credentials of one fetch. */
export interface Credentials {
  /** Headers that say who asks; read or asked for when they are wanted first, or have grown too old. */
  headers(): Promise<Readonly<Record<string, string>>>
  /** Reads or asks for them anew. False where there is nothing that could have changed. */
  renew(): boolean
  /** A text without the secrets that were read. */
  redact(text: string): string
}

const marginMs = 30_000

/** The credentials of an API. `now` tells milliseconds since the epoch. */
export function credentialsOf(api: HttpApi, ask: AskToken, now: () => number = Date.now): Credentials {
  const secrets = new Set<string>()
  let known: { readonly headers: Readonly<Record<string, string>>; readonly until: number } | undefined
  const reveal = (secret: Secret): string => {
    const value = secret.reveal()
    secrets.add(value)
    return value
  }
  const make = async (auth: HttpAuth): Promise<NonNullable<typeof known>> => {
    if (auth.kind === 'oauth2') {
      const token = await oauthToken(auth, reveal(await readSecret(auth.clientSecret)), ask)
      secrets.add(token.value)
      return {
        headers: { authorization: `Bearer ${token.value}` },
        until: now() + Math.max(token.lifeMs - marginMs, token.lifeMs / 2),
      }
    }
    const headers = await fixedHeaders(auth, reveal)
    // A service may repeat what was sent to it.
    for (const value of Object.values(headers)) secrets.add(value.replace(/^(?:Basic|Bearer) /, ''))
    return { headers, until: Number.POSITIVE_INFINITY }
  }
  return {
    headers: async () => {
      if (api.auth === undefined) return {}
      if (known === undefined || now() >= known.until) known = await make(api.auth)
      return known.headers
    },
    renew: () => {
      known = undefined
      return api.auth !== undefined
    },
    // Short secrets would tear holes into words, and thereby show themselves.
    redact: (text) =>
      [...secrets].filter((s) => s.length >= 6).reduce((t, s) => t.replaceAll(s, '***'), text),
  }
}

async function fixedHeaders(
  auth: Exclude<HttpAuth, { kind: 'oauth2' }>,
  reveal: (secret: Secret) => string,
): Promise<Readonly<Record<string, string>>> {
  switch (auth.kind) {
    case 'bearer':
      return { authorization: `Bearer ${sendable(reveal(await readSecret(auth.token)))}` }
    case 'basic':
      return { authorization: basic(auth.user, reveal(await readSecret(auth.password))) }
    case 'header':
      return { [auth.name.toLowerCase()]: sendable(reveal(await readSecret(auth.value))) }
  }
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** Node's own message on a header that cannot be sent would hold the value. */
function sendable(value: string): string {
  if (/^[\x21-\x7e\x80-\xff][\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  throw new EtlError('config.secret', 'a secret holds characters that no header can carry')
}

async function oauthToken(
  auth: Extract<HttpAuth, { kind: 'oauth2' }>,
  clientSecret: string,
  ask: AskToken,
): Promise<{ readonly value: string; readonly lifeMs: number }> {
  const { clientId, scope, audience, sendAs = 'header', tokenUrl } = auth
  const inBody = sendAs === 'body' ? { client_id: clientId, client_secret: clientSecret } : {}
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...inBody,
  })
  const encoded = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    // RFC 6749, section 2.3.1: both are form-encoded first.
    ...(sendAs === 'header' ? { authorization: basic(encoded(clientId), encoded(clientSecret)) } : {}),
  }
  const body = await ask(tokenUrl, headers, form.toString())
  const answer = parsed(body)
  const { access_token: value, expires_in: life = 3600 } = answer
  if (typeof value !== 'string' || value === '')
    throw new EtlError('connection.unauthorized', 'the answer for a token holds no access_token')
  const seconds = Number(life)
  return { value: sendable(value), lifeMs: (Number.isFinite(seconds) && seconds > 0 ? seconds : 3600) * 1000 }
}

function parsed(body: Buffer): Readonly<Record<'access_token' | 'expires_in', unknown>> {
  try {
    const value = JSON.parse(body.toString()) as unknown
    if (typeof value === 'object' && value !== null) return value as ReturnType<typeof parsed>
  } catch {
    // Told below; the text may hold a token.
  }
  throw new EtlError('connection.unauthorized', 'the answer for a token is no JSON object')
}
