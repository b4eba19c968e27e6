import { createHash } from 'node:crypto'
import { EtlError } from '../../base/errors.ts'
import type { HttpReads } from '../http.ts'
import type { HttpClient } from './client.ts'
import { placeOf } from './failure.ts'
import type { PageFacts } from './paginate.ts'
import { type RecordShape, stagedRecord } from './record.ts'
import { PageScanner } from './scan-page.ts'
import type { Answer } from './transport.ts'

/** Of what begins an answer. Much more than is shown: a secret that is cut in the middle would not be found. */
const startBytes = 16 * 2 ** 10

/** Where the records of a page go. What an attempt gave is taken back by the `begin` of the next one. */
export interface PageTarget {
  begin(): void
  record(record: Buffer): void
}

/**
 * Gets one page and hands its records over. Fails with `source.schema` where there are none, with `source.corrupt` on what is
 * no JSON, and as the client fails.
 */
export async function readPage(
  client: HttpClient,
  url: URL,
  source: { readonly reads: HttpReads; readonly shape: RecordShape },
  target: PageTarget,
): Promise<PageFacts> {
  const { reads, shape } = source
  return client.get(url, async (answer, body) => {
    target.begin()
    const link = linkOf(answer)
    const hash = createHash('sha256')
    const values = new Map<string, string>()
    let records = 0
    const facts = (): PageFacts => ({
      url,
      records,
      digest: hash.digest('base64'),
      value: (name) => valueOf(name, values.get(name)),
      link,
      date: answer.headers.date,
    })
    if (answer.status === 204) return facts()
    assertJson(answer)
    const scanner = new PageScanner(
      shape.page,
      {
        row: (raw, outer) => {
          const record = stagedRecord(raw, outer, shape)
          hash.update(record).update('\n')
          records += 1
          target.record(record)
        },
        value: (name, raw) => void values.set(name, raw.toString()),
      },
      shape.outer.map((o) => o.level),
    )
    let start = Buffer.alloc(0)
    try {
      for await (const chunk of body) {
        // The scanner changes line ends.
        if (start.length < startBytes)
          start = Buffer.concat([start, chunk.subarray(0, startBytes - start.length)])
        scanner.push(chunk)
      }
      scanner.end()
    } catch (error) {
      throw error instanceof EtlError && error.code.startsWith('source.')
        ? told(error, url, said(client, start))
        : error
    }
    if (scanner.rows === 'there' || (scanner.rows === 'null' && reads.nullRows === 'none')) return facts()
    const what = scanner.rows === 'null' ? 'null' : 'nothing'
    throw new EtlError(
      'source.schema',
      `${placeOf(url)} has ${what} at ${reads.rows}: ${said(client, start)}`,
      {
        hint:
          what === 'null'
            ? "nullRows: 'none' takes that for no records."
            : 'Look at `rows`, and whether this is an error.',
      },
    )
  })
}

const said = (client: HttpClient, start: Buffer): string =>
  client.credentials
    .redact(start.toString())
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)

const told = ({ code, message, hint, retry, cause }: EtlError, url: URL, start: string): EtlError =>
  new EtlError(code, `${placeOf(url)}: ${message} (it begins ${JSON.stringify(start)})`, {
    retry,
    cause,
    ...(hint === undefined ? {} : { hint }),
  })

const linkOf = ({ headers }: Answer): string | undefined => {
  const link = headers['link']
  return Array.isArray(link) ? link.join(', ') : link
}

/** JSON is UTF-8 (RFC 8259, section 8.1); a page for people is told as such. */
function assertJson({ headers, url }: Answer): void {
  const type = headers['content-type']?.toLowerCase() ?? ''
  if (/\b(?:html|xml)\b/.test(type) && !type.includes('json'))
    throw new EtlError('source.schema', `${placeOf(url)} answered with ${type}, not with JSON`, {
      hint: 'A login page? Look at the URL and the credentials.',
    })
  const charset = /charset\s*=\s*"?([\w-]+)/.exec(type)?.[1] ?? 'utf-8'
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset))
    throw new EtlError('source.schema', `${placeOf(url)} answered in the encoding ${charset}; JSON is UTF-8`)
}

/** The text of a value that pages are led by. */
function valueOf(name: string, raw: string | undefined): string | undefined {
  if (raw === undefined || raw === 'null' || (name === 'next' && raw === 'false')) return undefined
  if (raw.startsWith('{') || raw.startsWith('['))
    throw new EtlError('source.schema', `the value of \`${name}\` is an object or array: ${raw.slice(0, 80)}`)
  if (!raw.startsWith('"')) return raw
  try {
    const text = JSON.parse(raw) as string
    return text === '' ? undefined : text
  } catch {
    throw new EtlError('source.corrupt', `the value of \`${name}\` is no JSON: ${raw.slice(0, 80)}`)
  }
}
