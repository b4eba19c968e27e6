import { expectTypeOf, test } from 'vitest'
import { type ColumnSpec, decimal, int64, type KindsOf, type NullabilityOf, text } from './column.ts'
import { csv } from './csv.ts'

test('columns carry kind and nullability', () => {
  expectTypeOf(int64()).toEqualTypeOf<ColumnSpec<'int64', true>>()
  expectTypeOf(int64({ required: true })).toEqualTypeOf<ColumnSpec<'int64', false>>()
  expectTypeOf(decimal(18, 2, { from: 'x' })).toEqualTypeOf<ColumnSpec<'decimal', true>>()
  const source = csv('x.csv', { columns: { id: int64({ required: true }), note: text() } })
  type C = (typeof source)['columns']
  expectTypeOf<KindsOf<C>>().toEqualTypeOf<{ readonly id: 'int64'; readonly note: 'text' }>()
  expectTypeOf<NullabilityOf<C>>().toEqualTypeOf<{ readonly id: false; readonly note: true }>()
  // @ts-expect-error a misspelt option is a compile error
  int64({ requird: true })
})
