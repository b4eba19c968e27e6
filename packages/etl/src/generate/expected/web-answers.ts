import { firstOfDay } from '../calendar.ts'
import type { Shop } from '../shop.ts'
import { dayText, isoMicros } from '../text.ts'
import { requestIsCut, visitDelivery } from '../truth/delivery.ts'
import { requestAt } from '../truth/request.ts'
import { clickOf, visitAt, visitorId, visitsOf } from '../truth/visit.ts'
import { type AnswerSink, openAnswers } from './answer.ts'
import type { Tally } from './tally.ts'

const gapMs = 1_800_000

interface Click {
  readonly at: number
  readonly path: string
}

/** Collects the clicks of a visitor, each once, in time order. */
function clicksOf(shop: Shop, visitor: number, tally: Tally): readonly Click[] {
  const clicks: Click[] = []
  for (const index of visitsOf(shop, visitor)) {
    const visit = visitAt(shop, index)
    for (let click = 0; click < visit.moments.length; click++) {
      clicks.push({ at: visit.moments[click] ?? 0, path: clickOf(shop, visit, click).path })
    }
    const { repeated, resent, defect } = visitDelivery(visit)
    tally.record('clickstream', visit.moments.length + (repeated >= 0 ? 1 : 0) + (resent >= 0 ? 1 : 0))
    if (defect !== null) tally.defect('clickstream', defect)
  }
  return clicks.sort((a, b) => a.at - b.at)
}

function addSessions(out: AnswerSink, visitor: number, clicks: readonly Click[]): void {
  let session = 0
  let start = 0
  for (let end = 1; end <= clicks.length; end++) {
    const last = clicks[end - 1]?.at ?? 0
    const next = clicks[end]?.at ?? Infinity
    if (next - last <= gapMs) continue
    const own = clicks.slice(start, end)
    const pages = new Set(own.map((click) => click.path)).size
    session++
    out.add(visitorId(visitor), session, isoMicros(own[0]?.at ?? 0), isoMicros(last), own.length, pages)
    start = end
  }
}

/** Writes the sessions, visitor by visitor; holds the clicks of one visitor at a time. */
export async function writeSessionAnswers(shop: Shop, folder: string, tally: Tally): Promise<void> {
  await using out = await openAnswers(folder, 'sessions')
  for (let visitor = 0; visitor < shop.visitors; visitor++) {
    addSessions(out, visitor, clicksOf(shop, visitor, tally))
    if (out.full) await out.flush()
  }
  await out.finish()
}

interface PageDay {
  views: number
  errors: number
  readonly visitors: Set<number>
}

/** Writes the page statistics; holds the addresses of one day at a time, and paths × days rows for sorting. */
export async function writePageAnswers(shop: Shop, folder: string, tally: Tally): Promise<void> {
  const rows: { readonly path: string; readonly day: string; readonly counts: readonly number[] }[] = []
  for (let day = 0; day < shop.calendar.days; day++) {
    const pages = new Map<string, PageDay>()
    const to = firstOfDay(shop.calendar, shop.requests, day + 1)
    for (let index = firstOfDay(shop.calendar, shop.requests, day); index < to; index++) {
      const request = requestAt(shop, index)
      const page = pages.get(request.path) ?? { views: 0, errors: 0, visitors: new Set() }
      page.views++
      if (request.status >= 500) page.errors++
      page.visitors.add(request.ip)
      pages.set(request.path, page)
      tally.record('access-log', 1)
      if (requestIsCut(request.entity)) tally.defect('access-log', 'line')
    }
    const text = dayText(shop.calendar.firstDay + day)
    for (const [path, page] of pages) {
      rows.push({ path, day: text, counts: [page.views, page.visitors.size, page.errors] })
    }
  }
  await using out = await openAnswers(folder, 'pages')
  rows.sort((a, b) => (a.path === b.path ? (a.day < b.day ? -1 : 1) : a.path < b.path ? -1 : 1))
  for (const { path, day, counts } of rows) out.add(path, day, ...counts)
  await out.finish()
}
