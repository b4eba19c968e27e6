import { runningSums } from '../random.ts'

/** A sales region with its countries, cities and the currencies its customers pay in. */
export interface Region {
  readonly name: string
  readonly countries: readonly string[]
  readonly cities: readonly string[]
  readonly currencies: readonly string[]
}

export const regions: readonly Region[] = [
  {
    name: 'EU',
    countries: ['DE', 'FR', 'NL', 'ES', 'IT', 'PL', 'SE'],
    cities: ['Köln', 'Lyon', 'Utrecht', 'Málaga', 'Torino', 'Łódź', 'Malmö'],
    currencies: ['EUR'],
  },
  { name: 'US', countries: ['US'], cities: ['Austin', 'St. Paul', 'Boise', 'Tampa'], currencies: ['USD'] },
  { name: 'UK', countries: ['GB'], cities: ['Leeds', 'Stoke-on-Trent', 'Bath'], currencies: ['GBP'] },
  {
    name: 'APAC',
    countries: ['JP', 'AU', 'SG', 'IN'],
    cities: ['大阪', 'Perth', 'Singapore', 'Pune'],
    currencies: ['JPY', 'AUD'],
  },
  {
    name: 'LATAM',
    countries: ['BR', 'MX', 'AR'],
    cities: ['São Paulo', 'Mérida', 'Córdoba'],
    currencies: ['BRL', 'USD'],
  },
  { name: 'MEA', countries: ['AE', 'ZA', 'EG'], cities: ['Dubai', 'Durban', 'Giza'], currencies: ['USD'] },
]

/** Running sums of the regions' shares of customers. */
export const regionShares: readonly number[] = runningSums([35, 30, 12, 13, 6, 4])

/** A currency: thousandths of a unit that one euro buys in the price list, and the usual rate in millionths of a euro. */
export interface Currency {
  readonly code: string
  readonly perEuroThousandths: number
  readonly usualRateMillionths: number
}

export const currencies: readonly Currency[] = [
  { code: 'EUR', perEuroThousandths: 1000, usualRateMillionths: 1_000_000 },
  { code: 'USD', perEuroThousandths: 1085, usualRateMillionths: 921_659 },
  { code: 'GBP', perEuroThousandths: 855, usualRateMillionths: 1_169_591 },
  { code: 'JPY', perEuroThousandths: 162_000, usualRateMillionths: 6173 },
  { code: 'AUD', perEuroThousandths: 1650, usualRateMillionths: 606_061 },
  { code: 'BRL', perEuroThousandths: 5600, usualRateMillionths: 178_571 },
]
