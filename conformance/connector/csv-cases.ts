import type { CsvCase } from './csv-case.ts'
import { quotes, structure } from './csv-case-structure.ts'
import { archives, encodings, headers, sizes } from './csv-case-text.ts'
import { values } from './csv-case-value.ts'

/** The CSV part of the bad-input catalogue. */
export const csvCases: readonly CsvCase[] = [
  ...structure,
  ...quotes,
  ...headers,
  ...encodings,
  ...archives,
  ...sizes,
  ...values,
]
