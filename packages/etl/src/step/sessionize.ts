import type { Column, ColumnName, ColumnOfKind, Columns, With } from '../plan/columns.ts'
import { field, int64, text, timestamp } from '../plan/type.ts'
import { fieldOf, fieldsOf, uniqueNames } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { type Duration, milliseconds } from './duration.ts'

export interface SessionizeOptions {
  readonly by: readonly string[]
  readonly at: string
  readonly gap: Duration
  readonly as?: string
  readonly startAs?: string
}

const columns = [field('visitor', text, false), field('at', timestamp, false)]
const out = [...columns, field('session_number', int64, false), field('session_start', timestamp, false)]
const t = (clock: string): string => `2024-01-01T${clock}.000000`

/** Numbers the sessions of each visitor. */
export const sessionizeStep = defineStep<SessionizeOptions>({
  name: 'sessionize',
  summary: 'Number the sessions of each visitor.',
  meaning:
    'Events of a key, ordered by time, belong to one session until the gap to the event before is longer than `gap` (a gap of exactly that length does not end it). ' +
    'Numbers count from 1 within the key. A stream of the same events gives the same sessions.',
  options: {
    by: { takes: 'columns', meaning: 'Who the events belong to.' },
    at: { takes: 'timestamp column', meaning: 'When an event happened.' },
    gap: { takes: '{ days, hours, minutes, seconds }', meaning: 'The longest pause within a session.' },
    as: { takes: 'name', meaning: 'The added column with the number.', default: 'session_number' },
    startAs: {
      takes: 'name',
      meaning: 'The added column with the time of the first event.',
      default: 'session_start',
    },
  },
  lower: (from, { by, at, gap, as = 'session_number', startAs = 'session_start' }) => {
    const keys = fieldsOf(from, by, '`by`').map((f) => f.name)
    const when = fieldOf(from, at, ['timestamp'])
    const gapMs = milliseconds(gap, 'the gap of a session')
    const schema = [...from.schema, field(as, int64, false), field(startAs, timestamp, when.nullable)]
    uniqueNames(schema.map((f) => f.name))
    return Object.freeze({ kind: 'sessionize', from, by: keys, at: when.name, gapMs, as, startAs, schema })
  },
  examples: () => [
    {
      title: 'A pause of more than half an hour ends a session',
      in: {
        columns,
        rows: [
          ['a', t('10:00:00')],
          ['a', t('10:30:00')],
          ['a', t('11:00:01')],
          ['b', t('10:10:00')],
        ],
      },
      options: { by: ['visitor'], at: 'at', gap: { minutes: 30 } },
      out: {
        columns: out,
        rows: [
          ['a', t('10:00:00'), '1', t('10:00:00')],
          ['a', t('10:30:00'), '1', t('10:00:00')],
          ['a', t('11:00:01'), '2', t('11:00:01')],
          ['b', t('10:10:00'), '1', t('10:10:00')],
        ],
      },
    },
    {
      title: 'Order of reading does not matter',
      in: {
        columns,
        rows: [
          ['a', t('12:00:00')],
          ['a', t('10:00:00')],
        ],
      },
      options: { by: ['visitor'], at: 'at', gap: { hours: 1 } },
      out: {
        columns: out,
        rows: [
          ['a', t('10:00:00'), '1', t('10:00:00')],
          ['a', t('12:00:00'), '2', t('12:00:00')],
        ],
      },
    },
  ],
})

/** Numbers sessions: `sessionize({ by: ['visitor'], at: 'at', gap: { minutes: 30 } })`. */
export function sessionize<
  C extends Columns,
  const N extends string,
  const T extends string,
  const A extends string = 'session_number',
  const S extends string = 'session_start',
>(options: {
  readonly by: readonly ColumnName<C, N>[]
  readonly at: ColumnOfKind<C, T, 'timestamp'>
  readonly gap: Duration
  readonly as?: A
  readonly startAs?: S
}): Step<
  C,
  With<C, { readonly [M in A]: Column<'int64', false> } & { readonly [M in S]: Column<'timestamp', boolean> }>
> {
  return makeStep(sessionizeStep, options as SessionizeOptions)
}
