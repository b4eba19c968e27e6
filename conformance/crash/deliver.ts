import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Random } from './random.ts'

/** Delivers files of a made-up shop into a folder: each appears whole, under a name of its own. */
export interface Deliveries {
  orders(rows: number): Promise<void>
  clicks(rows: number): Promise<void>
}

const header = 'order_id,region,status,quantity,unit_price,ordered_at,updated_at,note,channel'

/** Long names, so that a few hundred files outgrow the room for positions in a snapshot's summary. */
const padding = 'a-name-that-takes-its-room-'.repeat(7)

export async function openDeliveries(folder: string, random: Random): Promise<Deliveries> {
  for (const name of ['orders', 'clicks', '.arriving'])
    await mkdir(path.join(folder, name), { recursive: true })
  let [files, serial] = [0, 0]
  const deliver = async (name: string, lines: readonly string[]): Promise<void> => {
    const draft = path.join(folder, '.arriving', path.basename(name))
    await writeFile(draft, `${lines.join('\n')}\n`)
    await rename(draft, path.join(folder, name))
  }
  const moment = (): string =>
    `2024-0${1 + random.below(4)}-0${1 + random.below(9)} 0${random.below(10)}:${10 + random.below(50)}:00`
  const order = (): string => {
    const id = 1 + random.below(500)
    const kind = random.below(40)
    const quantity = kind === 0 ? 'many' : kind === 1 ? '3000000000' : String(random.below(9) - 1)
    const price = `${random.below(900)}.${10 + random.below(90)}`
    const [region, status] = [
      random.pick(['EU', 'US', 'APAC', '']),
      random.pick(['new', 'paid', 'paid', 'gone']),
    ]
    const record = [
      id,
      region,
      status,
      quantity,
      price,
      moment(),
      (serial += 1),
      `n${id}`,
      random.pick(['web', 'app']),
    ]
    return record.slice(0, kind === 2 ? 5 : record.length).join(',')
  }
  const click = (): string => {
    const id = (serial += 1)
    const page = random.chance(0.1) ? null : `/p/${random.below(9)}`
    const record = JSON.stringify({ id, page, clicked_at: moment(), ms: random.below(50) - 2 })
    return random.chance(0.03) ? record.slice(0, 20) : record
  }
  const lines = (count: number, line: () => string): string[] => {
    const made = Array.from({ length: count }, line)
    // A delivery may repeat lines of itself.
    return random.chance(0.3) ? [...made, ...made.slice(0, 5)] : made
  }
  return {
    orders: (rows) => deliver(`orders/${(files += 1)}.csv`, [header, ...lines(rows, order)]),
    clicks: (rows) => deliver(`clicks/${padding}${(files += 1)}.ndjson`, lines(rows, click)),
  }
}
