import type { FunctionDefinition } from './contract.ts'
import { parseDate, parseTime, parseTimestamp } from './time/parse.ts'

/** The time family of the catalogue. */
export const timeFunctions = { parseDate, parseTimestamp, parseTime } as const satisfies Record<
  string,
  FunctionDefinition
>
