import { bits } from '../random.ts'
import { type Shop, sliceBounds } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { hex8, isoMillis } from '../text.ts'
import { type VisitDelivery, visitDelivery } from '../truth/delivery.ts'
import { clickOf, type Visit, visitAt, visitorId } from '../truth/visit.ts'

const devices = ['mobile', 'desktop', 'tablet']
const referrers = ['"https://www.google.com/"', '"https://news.example/a?b=c"', 'null', 'null']
/** Visits whose clicks are interleaved in a file. */
const interleaved = 32

function eventId(visit: Visit, click: number): string {
  const a = bits(visit.entity, 256 + click)
  const b = bits(visit.entity, 320 + click)
  const c = hex8(b)
  const tail = hex8(visit.index)
  return `${hex8(a)}-${c.slice(0, 4)}-4${c.slice(4, 7)}-8${hex8(click).slice(5)}-${hex8(a ^ b).slice(4)}${tail}`
}

/** A visit with what its events share: the text between id and moment, and the text after the path. */
interface PlannedVisit {
  readonly visit: Visit
  readonly delivery: VisitDelivery
  readonly who: string
  readonly device: string
}

function plan(shop: Shop, index: number): PlannedVisit {
  const visit = visitAt(shop, index)
  const who = `","visitor_id":"${visitorId(visit.visitor)}","ts":"`
  return { visit, delivery: visitDelivery(visit), who, device: `","device":"${devices[visit.visitor % 3]}"` }
}

function event(shop: Shop, planned: PlannedVisit, click: number, wrongTs = false): string {
  const { visit, who, device } = planned
  const { type, path } = clickOf(shop, visit, click)
  const ts = wrongTs ? 'yesterday' : isoMillis(visit.moments[click] ?? 0)
  const referrer = click === 0 ? referrers[visit.entity % 4] : 'null'
  return `{"event_id":"${eventId(visit, click)}${who}${ts}","type":"${type}","path":"${path}${device},"referrer":${referrer}}\n`
}

function addClick(shop: Shop, planned: PlannedVisit, click: number, last: boolean, out: TextSink): number {
  const { delivery } = planned
  const text = event(shop, planned, click)
  let records = 0
  const add = (line: string): void => {
    out.add(line)
    records++
  }
  if (click === 0 && delivery.defect === 'ts') add(event(shop, planned, click, true))
  if (click === 0 && delivery.defect === 'json') add(`${text.slice(0, 120)}\n`)
  if (delivery.late === click && !last) return records
  add(text)
  if (delivery.repeated === click) add(text)
  if (delivery.resent === click && last) add(text)
  return records
}

async function addStragglers(shop: Shop, slice: number, out: TextSink): Promise<number> {
  const { from, to } = sliceBounds(shop, shop.visits, slice)
  let records = 0
  for (let index = from; index < to; index++) {
    const planned = plan(shop, index)
    const { late, resent, repeated } = planned.delivery
    for (const click of [late, late >= 0 && late === repeated ? late : -1, resent]) {
      if (click < 0) continue
      out.add(event(shop, planned, click))
      records++
    }
    if (out.full) await out.flush()
  }
  return records
}

/**
 * Writes the clicks that are delivered in a slice: stragglers and repetitions of the slice before, then the slice's own
 * visits, thirty-two at a time out of order. Result: the number of records.
 */
export async function writeClickFile(shop: Shop, slice: number, out: TextSink): Promise<number> {
  const { from, to } = sliceBounds(shop, shop.visits, slice)
  const last = slice === shop.slices - 1
  let records = slice === 0 ? 0 : await addStragglers(shop, slice - 1, out)
  for (let start = from; start < to; start += interleaved) {
    const visits: PlannedVisit[] = []
    for (let index = start; index < Math.min(start + interleaved, to); index++) {
      visits.push(plan(shop, index))
    }
    const longest = Math.max(...visits.map(({ visit }) => visit.moments.length))
    for (let click = 0; click < longest; click++) {
      for (const planned of visits) {
        if (click < planned.visit.moments.length) records += addClick(shop, planned, click, last, out)
      }
    }
    if (out.full) await out.flush()
  }
  return records
}
