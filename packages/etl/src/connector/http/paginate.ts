import { createHash } from 'node:crypto'
import { EtlError } from '../../base/errors.ts'
import type { HttpApi } from '../http-api.ts'
import type { HttpReads } from '../http.ts'
import { placeOf } from './failure.ts'

const maxEmptyPages = 1000
const maxRepeats = 10

/** What a page told, apart from its records. */
export interface PageFacts {
  readonly url: URL
  /** Records as they came, and what they were together. */
  readonly records: number
  readonly digest: string
  /** The text of a value; undefined where there is none, or null. */
  value(name: 'next' | 'more' | 'total'): string | undefined
  readonly link: string | undefined
  /** The service's clock, as it says. */
  readonly date: string | undefined
}

/** Goes from page to page of one reading. */
export interface Pages {
  readonly first: URL
  /** The URL after a page; undefined after the last. Fails with `source.failed` where the pages lead nowhere. */
  after(page: PageFacts): URL | undefined
}

/** What lets a reading begin anew: records moved to pages that had been read. */
export class ShrunkError extends EtlError {
  constructor(url: URL, from: string, to: string) {
    super(
      'source.failed',
      `${placeOf(url)} shrank while its pages were read: from ${from} to ${to} records`,
      {
        retry: 'transient',
        hint: 'Records moved to pages that had been read. A cursor would not lose them.',
      },
    )
  }
}

/** The pages of a source, `since` its lower bound as a parameter. */
export function pagesOf(api: HttpApi, reads: HttpReads, since: string | undefined): Pages {
  const { paginate, incremental, params } = reads
  const first = new URL(
    `${api.url.replace(/\/$/, '')}${reads.path === '' ? '' : `/${reads.path.replace(/^\//, '')}`}`,
  )
  const set = (url: URL, name: string, value: string): URL => {
    const next = new URL(url)
    next.searchParams.set(name, value)
    return next
  }
  for (const [name, value] of Object.entries(params)) first.searchParams.set(name, value)
  const from = since ?? incremental?.initial
  if (incremental !== undefined && from !== undefined) first.searchParams.set(incremental.param, from)
  if (paginate?.sizeParam !== undefined) first.searchParams.set(paginate.sizeParam, String(paginate.size))
  if (paginate === undefined) return { first, after: () => undefined }
  const guard = loopGuard(reads)
  let total: string | undefined
  let skipped = 0
  let number = paginate.by === 'page' ? (paginate.first ?? 1) : 0
  const next = (page: PageFacts): URL | undefined => {
    switch (paginate.by) {
      case 'page':
        number += 1
        return page.records === 0 ? undefined : set(first, paginate.param, String(number))
      case 'offset':
        skipped += page.records
        return page.records === 0 ? undefined : set(first, paginate.param, String(skipped))
      case 'cursor': {
        const cursor = page.value('next')
        return cursor === undefined ? undefined : set(first, paginate.param, cursor)
      }
      case 'next-url':
        return sameOrigin(page, page.value('next'))
      case 'link':
        return sameOrigin(page, nextLink(page.link))
    }
  }
  return {
    first:
      paginate.by === 'page' || paginate.by === 'offset' ? set(first, paginate.param, String(number)) : first,
    after: (page) => {
      const now = page.value('total')
      if (total !== undefined && now !== undefined && Number(now) < Number(total))
        throw new ShrunkError(first, total, now)
      total = now ?? total
      const url = page.value('more') === 'false' ? undefined : next(page)
      if (url !== undefined) guard(page, url)
      return url
    },
  }
}

/** Fails where a page, or the way to one, comes again, and where only empty pages come. */
function loopGuard({ key }: HttpReads): (page: PageFacts, next: URL) => void {
  const asked = new Set<string>()
  let before: string | undefined
  let empty = 0
  let repeats = 0
  // Records that move to the next page may fill it; with a key that is harmless, unless it goes on for ever.
  const mostRepeats = key === undefined ? 0 : maxRepeats
  return (page, next) => {
    const place = placeOf(page.url)
    const way = createHash('sha256').update(next.href).digest('base64').slice(0, 22)
    if (asked.has(way))
      throw new EtlError('source.failed', `the pages of ${place} lead in a circle`, {
        hint: 'The same next page was named twice. Look at `next`, and whether the service knows the parameter.',
      })
    asked.add(way)
    repeats = page.records > 0 && page.digest === before ? repeats + 1 : 0
    if (repeats > mostRepeats)
      throw new EtlError(
        'source.failed',
        `${place} gave the same page ${repeats === 1 ? 'twice' : `${repeats + 1} times`}`,
        {
          hint: 'Look whether the service knows the parameter of the pages.',
        },
      )
    before = page.digest
    empty = page.records === 0 ? empty + 1 : 0
    if (empty >= maxEmptyPages)
      throw new EtlError('source.failed', `${place} gave ${maxEmptyPages} empty pages in succession`, {
        hint: 'Look at `rows`, and at what the service answers.',
      })
  }
}

/** The credentials go to where they were meant for; so a next page is nowhere else. */
function sameOrigin(page: PageFacts, next: string | undefined): URL | undefined {
  if (next === undefined) return undefined
  const url = URL.parse(next, page.url.href)
  if (url === null)
    throw new EtlError('source.failed', `${placeOf(page.url)} names a next page that is no URL`)
  if (url.origin !== page.url.origin || url.username !== '' || url.password !== '')
    throw new EtlError(
      'source.failed',
      `${placeOf(page.url)} names a next page on another host: ${url.origin}`,
      {
        hint: 'It is not asked, since the credentials are not meant for it.',
      },
    )
  url.hash = ''
  return url
}

/** The target of `rel="next"` in a header `Link` (RFC 8288, section 3). */
export function nextLink(header: string | undefined): string | undefined {
  const pattern = /<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)/g
  for (const [, target, parameters = ''] of (header ?? '').matchAll(pattern)) {
    const rel = /;\s*rel\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))/i.exec(parameters)
    const names = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/)
    if (names.includes('next')) return target
  }
  return undefined
}
