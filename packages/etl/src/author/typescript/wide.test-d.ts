import { expectTypeOf, test } from 'vitest'
import {
  dedupe,
  derive,
  drop,
  fill,
  filter,
  fn,
  join,
  rename,
  select,
  sessionize,
  trim,
} from '../../index.ts'
import type { Column, ColumnName, Columns } from '../../plan/columns.ts'
import type { Rows, Table } from './index.ts'

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
/** Two hundred columns: texts, numbers, moments and more numbers. */
type Wide = { readonly [N in `text_${Digit}${Digit}`]: Column<'text', true> } & {
  readonly [N in `number_${Digit}${Digit}`]: Column<'int64', true>
} & { readonly at: Column<'timestamp', false> }

declare const wide: Rows<{ readonly [N in keyof Wide]: Wide[N] }>
declare const other: Table<{
  readonly number_00: Column<'int64', false>
  readonly label: Column<'text', false>
}>

test('sixteen steps over two hundred columns still know every column', () => {
  const rows = wide.pipe(
    derive((c) => ({ a: fn.add(c.number_00, c.number_01) })),
    derive((c) => ({ b: fn.add(c.a, 1), text_00: fn.upper(c.text_00) })),
    filter((c) => fn.gt(c.b, 0)),
    trim(['text_01', 'text_02']),
    fill({ text_03: '', number_03: 0 }),
    drop('text_04', 'text_05'),
    rename({ text_06: 'first', text_07: 'second' }),
    dedupe({ by: ['number_00'], order: ['at'] }),
    join(other, { on: ['number_00'], type: 'left' }),
    filter((c) => fn.isNotNull(c.label)),
    sessionize({ by: ['number_00'], at: 'at', gap: { minutes: 30 } }),
    derive((c) => ({ c: fn.add(c.b, c.session_number) })),
    filter((c) => fn.lt(c.c, 100)),
    rename({ first: 'one' }),
    filter((c) => fn.eq(c.one, c.second)),
    select('one', 'number_03', 'label', 'c'),
  )
  expectTypeOf(rows).toMatchTypeOf<
    Rows<{
      readonly one: Column<'text', true>
      readonly number_03: Column<'int64', false>
      readonly label: Column<'text', true>
      readonly c: Column<'int64', true>
    }>
  >()
})

test('a wrong column among two hundred is still a sentence', () => {
  type C = typeof wide extends Rows<infer D extends Columns> ? D : never
  expectTypeOf<
    ColumnName<C, 'nope'> extends `there is no column 'nope' here; columns: ${string}` ? true : false
  >().toEqualTypeOf<true>()
})
