import { below, bits, entityHash } from '../random.ts'
import type { Shop } from '../shop.ts'
import { currencies } from './place.ts'

/** The rate of a currency (by index) on a day number, in millionths of a euro; the euro's is one. */
export function rateMillionths(shop: Shop, currency: number, day: number): number {
  const usual = currencies[currency]?.usualRateMillionths ?? 0
  if (currency === 0) return usual
  const entity = entityHash(shop.key.rates, day * 16 + currency)
  const wobble = below(bits(entity, 0), 4001) - 2000
  return Math.floor((usual * (100_000 + wobble)) / 100_000)
}

/**
 * Converts an amount of hundredths to hundredths of a euro, rounded half away from zero. Exact while the product of
 * amount and rate stays below 2^53 (the price list keeps it below 2^50).
 */
export function toEuroCents(cents: number, millionths: number): number {
  const product = cents * millionths
  const whole = Math.floor(product / 1_000_000)
  return product - whole * 1_000_000 >= 500_000 ? whole + 1 : whole
}
