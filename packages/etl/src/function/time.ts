import type { FunctionDefinition } from './contract.ts'
import { addDays, addHours, addMinutes, addMonths, addSeconds } from './time/add.ts'
import { dateDiff, elapsed } from './time/difference.ts'
import { epochMs, epochSeconds, fromEpochMs, fromEpochSeconds } from './time/epoch.ts'
import {
  day,
  dayName,
  dayOfYear,
  hour,
  isoDow,
  isoWeek,
  isoYear,
  millisecond,
  minute,
  month,
  monthName,
  quarter,
  second,
  year,
} from './time/extract.ts'
import { formatTimestamp } from './time/format.ts'
import { atOffset, fromOffset, makeDate, makeTimestamp, toDate, toTimestamp } from './time/make.ts'
import { parseDate, parseTime, parseTimestamp } from './time/parse.ts'
import { bucketStart, dateTrunc, lastDay } from './time/trunc.ts'

/** The dates and times of the catalogue. Moments are in UTC; named time zones are refused. */
export const timeFunctions = {
  parseDate,
  parseTimestamp,
  parseTime,
  year,
  quarter,
  month,
  day,
  dayOfYear,
  isoWeek,
  isoYear,
  isoDow,
  hour,
  minute,
  second,
  millisecond,
  monthName,
  dayName,
  dateTrunc,
  lastDay,
  bucketStart,
  addDays,
  addMonths,
  addSeconds,
  addMinutes,
  addHours,
  epochSeconds,
  epochMs,
  fromEpochSeconds,
  fromEpochMs,
  dateDiff,
  elapsed,
  makeDate,
  makeTimestamp,
  toDate,
  toTimestamp,
  atOffset,
  fromOffset,
  formatTimestamp,
} as const satisfies Record<string, FunctionDefinition>
