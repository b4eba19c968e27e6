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
  return clicks.toSorted((a, b) => a.at - b.at)
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

/** Counts the requests of one day by path. */
function countDay(shop: Shop, day: number, tally: Tally): ReadonlyMap<string, PageDay> {
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
  return pages
}

/** Writes the page statistics; holds the addresses of one day at a time, and four numbers for each path and day. */
export async function writePageAnswers(shop: Shop, folder: string, tally: Tally): Promise<void> {
  const history = new Map<string, number[]>()
  for (let day = 0; day < shop.calendar.days; day++) {
    for (const [path, { views, visitors, errors }] of countDay(shop, day, tally)) {
      const days = history.get(path) ?? []
      days.push(shop.calendar.firstDay + day, views, visitors.size, errors)
      history.set(path, days)
    }
  }
  await using out = await openAnswers(folder, 'pages')
  for (const path of [...history.keys()].toSorted()) {
    const days = history.get(path) ?? []
    for (let at = 0; at < days.length; at += 4)
      out.add(path, dayText(days[at] ?? 0), ...days.slice(at + 1, at + 4))
    if (out.full) await out.flush()
  }
  await out.finish()
}
