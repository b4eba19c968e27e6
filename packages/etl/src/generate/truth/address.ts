import { below, bits, chance, entityHash, pick } from '../random.ts'
import type { Shop } from '../shop.ts'
import { regions } from './place.ts'

/** The number of IPv4 ranges the geolocation file knows. */
export const rangeCount = 3000
const firstAddress = 0x0b000000
const stride = 1 << 18

/** An IPv4 range (both ends inclusive) with its country and region. Ranges never overlap; each is followed by a gap. */
export interface AddressRange {
  readonly first: number
  readonly last: number
  readonly country: string
  readonly region: string
}

/** Derives range `index` (0..rangeCount-1), in address order. */
export function rangeAt(shop: Shop, index: number): AddressRange {
  const entity = entityHash(shop.key.ranges, index)
  const first = firstAddress + index * stride + below(bits(entity, 0), 1024)
  const length = (stride >> 1) + below(bits(entity, 1), (stride >> 1) - 8192)
  const region = regions[index % regions.length]
  return {
    first,
    last: first + length - 1,
    country: pick(bits(entity, 2), region?.countries ?? ['']),
    region: region?.name ?? '',
  }
}

/** A client address and the country that its range belongs to; null where no range holds it. */
export interface ClientAddress {
  readonly ip: number | null
  readonly country: string | null
}

/** Derives the client address of an entity in a region: one in fifty is unknown, some are private or in a gap. */
export function addressOf(shop: Shop, entity: number, region: number): ClientAddress {
  const kind = bits(entity, 40)
  if (chance(kind, 20_000)) return { ip: null, country: null }
  if (chance(kind, 40_000)) return { ip: 0x0a000000 + below(bits(entity, 41), 1 << 24), country: null }
  const index = below(bits(entity, 42), rangeCount / regions.length) * regions.length + region
  const range = rangeAt(shop, index)
  if (chance(kind, 80_000)) return { ip: range.last + 1 + below(bits(entity, 43), 4096), country: null }
  if (chance(kind, 90_000)) return { ip: range.last, country: range.country }
  if (chance(kind, 100_000)) return { ip: range.first, country: range.country }
  return { ip: range.first + below(bits(entity, 43), range.last - range.first + 1), country: range.country }
}
