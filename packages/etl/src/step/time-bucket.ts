import type { Column, ColumnOfKind, Columns, With } from '../plan/columns.ts'
import { field, timestamp } from '../plan/type.ts'
import { fieldOf, uniqueNames } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { type Duration, milliseconds } from './duration.ts'

export interface TimeBucketOptions {
  readonly at: string
  readonly width: Duration
  readonly as?: string
}

const columns = [field('at', timestamp)]

/** Adds the start of the fixed-width bucket that a moment falls into. */
export const timeBucketStep = defineStep<TimeBucketOptions>({
  name: 'time_bucket',
  summary: 'Add the start of the fixed-width bucket of time that a moment falls into.',
  meaning:
    'Buckets are counted from 1970-01-01T00:00:00Z, each holding its start and not its end. NULL stays NULL.',
  options: {
    at: { takes: 'timestamp column', meaning: 'The moment.' },
    width: { takes: '{ days, hours, minutes, seconds }', meaning: 'The width of a bucket.' },
    as: { takes: 'name', meaning: 'The added column.', default: 'bucket_start' },
  },
  lower: (from, { at, width, as = 'bucket_start' }) => {
    const when = fieldOf(from, at, ['timestamp'])
    const schema = [...from.schema, field(as, timestamp, when.nullable)]
    uniqueNames(schema.map((f) => f.name))
    const widthMs = milliseconds(width, 'the width of a bucket')
    return Object.freeze({ kind: 'bucket', from, at: when.name, widthMs, as, schema })
  },
  examples: () => [
    {
      title: 'Quarters of an hour',
      in: { columns, rows: [['2024-01-01T10:14:59.999999'], ['2024-01-01T10:15:00.000000'], [null]] },
      options: { at: 'at', width: { minutes: 15 }, as: 'quarter' },
      out: {
        columns: [...columns, field('quarter', timestamp)],
        rows: [
          ['2024-01-01T10:14:59.999999', '2024-01-01T10:00:00.000000'],
          ['2024-01-01T10:15:00.000000', '2024-01-01T10:15:00.000000'],
          [null, null],
        ],
      },
    },
    {
      title: 'Before 1970',
      in: { columns, rows: [['1969-12-31T23:59:59.000000']] },
      options: { at: 'at', width: { hours: 1 } },
      out: {
        columns: [...columns, field('bucket_start', timestamp)],
        rows: [['1969-12-31T23:59:59.000000', '1969-12-31T23:00:00.000000']],
      },
    },
  ],
})

/** Adds the start of the bucket of time: `timeBucket('at', { width: { minutes: 15 }, as: 'quarter' })`. */
export function timeBucket<
  C extends Columns,
  const N extends string,
  const A extends string = 'bucket_start',
>(
  at: ColumnOfKind<C, N, 'timestamp'>,
  options: { readonly width: Duration; readonly as?: A },
): Step<
  C,
  With<C, { readonly [M in A]: Column<'timestamp', N extends keyof C ? C[N]['nullable'] : boolean> }>
> {
  return makeStep(timeBucketStep, { at: at as string, ...options })
}
