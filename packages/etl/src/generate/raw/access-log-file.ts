import { bits } from '../random.ts'
import { type Shop, sliceBounds } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { clockText, dayOfMoment, dayText, ipText, monthNames } from '../text.ts'
import { requestIsCut } from '../truth/delivery.ts'
import { type Request, requestAt } from '../truth/request.ts'

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile Safari/604.1',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  '-',
]
const queries = ['?utm_source=mail', '?page=2', '?q=caf%C3%A9&sort=price', '?ref=%22home%22']

/** Every fourth file comes from a server whose clock is one hour ahead of UTC. */
const offsetHours = (slice: number): number => (slice % 4 === 3 ? 1 : 0)

function logLine(request: Request, hours: number): string {
  const { entity } = request
  const local = request.moment + hours * 3_600_000
  const day = dayText(dayOfMoment(local))
  const when = `${day.slice(8)}/${monthNames[Number(day.slice(5, 7)) - 1]}/${day.slice(0, 4)}:${clockText(local)} +0${hours}00`
  const query = bits(entity, 30) % 5 === 0 ? queries[bits(entity, 31) % 4] : ''
  const referrer = bits(entity, 32) % 3 === 0 ? 'https://shop.example/' : '-'
  const size = request.bytes === 0 ? '-' : request.bytes
  return `${ipText(request.ip)} - - [${when}] "${request.method} ${request.path}${query} HTTP/1.1" ${request.status} ${size} "${referrer}" "${agents[bits(entity, 33) % 4]}"\n`
}

/** Writes the combined-format lines of a slice, some followed by a copy that is cut off. Result: the number of lines. */
export async function writeAccessLog(shop: Shop, slice: number, out: TextSink): Promise<number> {
  const { from, to } = sliceBounds(shop, shop.requests, slice)
  const hours = offsetHours(slice)
  let records = 0
  for (let index = from; index < to; index++) {
    const request = requestAt(shop, index)
    const text = logLine(request, hours)
    out.add(text)
    records++
    if (requestIsCut(request.entity)) {
      out.add(`${text.slice(0, text.indexOf('"') + 6)}\n`)
      records++
    }
    if (out.full) await out.flush()
  }
  return records
}
