import { below, bits, chance, entityHash, pick, weighted } from '../random.ts'
import type { Shop } from '../shop.ts'
import { categories } from './product.ts'
import { regions, regionShares } from './place.ts'

const firstNames = [
  'Anna',
  'Béla',
  'Chloé',
  'Dmitri',
  'Elif',
  'Femi',
  'Grace',
  'Hiro',
  'Inês',
  'Jürgen',
  'Kavya',
  'Liam',
]
const mailNames = firstNames.map((name) =>
  name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase(),
)
const lastNames = [
  "O'Neill",
  'Müller',
  'García',
  'Smith',
  'Nakamura',
  'van Dijk',
  'Silva',
  'Okafor',
  'Larsson',
  'Singh',
]

/** What is known of a customer at one time. */
export interface CustomerVersion {
  readonly name: string
  readonly email: string | null
  readonly city: string
  readonly postcode: string
  readonly updatedMs: number
}

/** A customer; the last version is the current one. Ids start at 1. */
export interface Customer {
  readonly id: number
  readonly entity: number
  readonly region: string
  readonly signedUpMs: number
  readonly versions: readonly CustomerVersion[]
}

const idOf = (index: number): number => index + 1

/** The index into `regions` of a customer's region. */
export function customerRegion(shop: Shop, index: number): number {
  return weighted(bits(entityHash(shop.key.customers, index), 0), regionShares)
}

/** Whether a customer's data changed during the year. */
export const customerChanged = (entity: number): boolean => chance(bits(entity, 1), 100_000)

function versionOf(
  entity: number,
  id: number,
  region: number,
  version: number,
  signedUpMs: number,
): CustomerVersion {
  const given = below(bits(entity, 2), firstNames.length)
  const married = version === 1 && chance(bits(entity, 3), 300_000)
  const last = pick(bits(entity, married ? 5 : 4), lastNames)
  const place = regions[region]
  return {
    name: `${firstNames[given]} ${last}`,
    email: chance(bits(entity, 6), 30_000)
      ? null
      : `${mailNames[given]}.${id}${version === 1 ? '.new' : ''}@example.com`,
    city: pick(bits(entity, 7 + version), place?.cities ?? ['']),
    postcode: String(1000 + below(bits(entity, 9 + version), 90_000)).padStart(5, '0'),
    updatedMs: signedUpMs + (version === 0 ? 0 : 86_400_000 * (30 + below(bits(entity, 11), 300))),
  }
}

/** Derives customer `index` (0..customers-1). */
export function customerAt(shop: Shop, index: number): Customer {
  const entity = entityHash(shop.key.customers, index)
  const region = customerRegion(shop, index)
  const signedUpMs =
    (shop.calendar.firstDay - 1 - below(bits(entity, 12), 900)) * 86_400_000 +
    below(bits(entity, 13), 86_400) * 1000
  const id = idOf(index)
  const first = versionOf(entity, id, region, 0, signedUpMs)
  const versions = customerChanged(entity) ? [first, versionOf(entity, id, region, 1, signedUpMs)] : [first]
  return { id, entity, region: regions[region]?.name ?? '', signedUpMs, versions }
}

/** What the bought-in demographics know of a customer: four customers of five. */
export interface Demographics {
  readonly ageBand: string
  readonly gender: string
  readonly incomeBand: string
}

const ageBands = ['18-24', '25-34', '35-44', '45-54', '55-64', '65+']
const incomeBands = ['low', 'lower-middle', 'middle', 'upper-middle', 'high']

/** Derives a customer's demographics, or null where none were bought. */
export function demographicsAt(shop: Shop, index: number): Demographics | null {
  const entity = entityHash(shop.key.customers, index)
  if (chance(bits(entity, 20), 200_000)) return null
  return {
    ageBand: pick(bits(entity, 21), ageBands),
    gender: pick(bits(entity, 22), ['f', 'm', 'x']),
    incomeBand: pick(bits(entity, 23), incomeBands),
  }
}

/** What a customer told the shop: seven customers of ten. */
export interface Preferences {
  readonly favouriteCategory: string
  readonly newsletter: boolean
}

/** Derives a customer's preferences, or null where none were given. */
export function preferencesAt(shop: Shop, index: number): Preferences | null {
  const entity = entityHash(shop.key.customers, index)
  if (chance(bits(entity, 24), 300_000)) return null
  return {
    favouriteCategory: pick(bits(entity, 25), categories),
    newsletter: chance(bits(entity, 26), 400_000),
  }
}
