import { date, decimal, float64, int64, text, timestamp } from '../../../packages/etl/src/index.ts'
import { small } from '../plan-case.ts'

export const one = small('one', { i: int64(), d: decimal(12, 2), x: float64() }, [
  ['5', '10.00', '123456789.123'],
])

export const s = small('s', { id: int64(), t: text(), u: text() }, [
  ['1', 'hello', 'h'],
  ['2', '', 'x'],
  ['3', null, 'y'],
  ['4', '12.50', '2024-01-05'],
  ['5', 'a.b\n', null],
  ['6', 'ß\u00a0', 'ﬁ'],
  ['7', ' x ', 'YES'],
])

export const when = small('w', { id: int64(), d: date(), at: timestamp() }, [
  ['1', '2024-01-31', '2024-03-31T02:30:00.000000'],
  ['2', '2024-12-29', '1969-12-31T23:59:59.500000'],
  ['3', '2026-10-25', '2026-10-25T02:30:00.000000'],
  ['4', null, null],
])

export const dup = small('dup', { k: int64(), v: int64(), note: text() }, [
  ['1', '1', 'b'],
  ['1', '1', 'a'],
  ['2', null, 'c'],
  ['2', '5', null],
])
