import { below, bits, entityHash, pick, skewed } from '../random.ts'

/** A product of the catalogue. Ids start at 1. */
export interface Product {
  readonly id: number
  readonly name: string
  readonly category: string
  readonly listCents: number
  readonly supplier: string
}

export const categories = [
  'apparel',
  'shoes',
  'electronics',
  'home',
  'kitchen',
  'garden',
  'toys',
  'books',
  'beauty',
  'sports',
  'grocery',
  'pets',
] as const

const adjectives = [
  'Classic',
  'Compact',
  'Everyday',
  'Nordic',
  'Ultra-light',
  'Vintage',
  'Café',
  'Pro',
  '"Mini"',
]
const nouns = [
  'Mug',
  'Lamp',
  'Jacket',
  'Speaker',
  'Planter',
  'Puzzle',
  'Notebook',
  'Brush',
  'Racket',
  'Leash',
  'Kettle',
]
const endings = ['', '', ', large', ', set of 2', ' (blue)', ' 40 cm', ' – limited', ' 2.0']
const suppliers = ['Acme Ltd', 'Brown & Sons', 'Søren Design ApS', 'Kita, Inc.', 'Vela SA']

/** Makes the whole catalogue: names with commas, quotes and accents, prices from 0.49 to 2,000 with a long tail. */
export function makeProducts(key: number, count: number): readonly Product[] {
  return Array.from({ length: count }, (_, index) => {
    const e = entityHash(key, index)
    const name = `${pick(bits(e, 0), adjectives)} ${pick(bits(e, 1), nouns)}${pick(bits(e, 2), endings)} #${index + 1}`
    return {
      id: index + 1,
      name,
      category: categories[skewed(bits(e, 3), categories.length * 2) % categories.length] ?? 'pets',
      listCents: 49 + skewed(bits(e, 4), 199_951),
      supplier: suppliers[below(bits(e, 5), suppliers.length)] ?? '',
    }
  })
}
