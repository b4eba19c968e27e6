import { expect, test } from 'vitest'
import type { Expression, LiteralValue } from '../plan/expression.ts'
import {
  float64,
  int64,
  json,
  list,
  type LogicalType,
  struct,
  field,
  text,
  timestamp,
  date,
} from '../plan/type.ts'
import { resolveCall } from './resolve.ts'

const column = (type: LogicalType): Expression => ({ kind: 'column', name: 'c', type, nullable: true })
const constant = (value: LiteralValue, type: LogicalType = text): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: value === null,
})
const n = (value: string): Expression => constant(value, int64)

test.each<[string, readonly Expression[], string]>([
  ['parse_date', [column(text), constant('yy-MM-dd')], 'two-digit years'],
  ['parse_date', [column(text), constant(null)], 'not NULL'],
  ['parse_timestamp', [column(text), column(text)], 'must be a constant'],
  ['parse_time', [column(text), constant('HH')], 'does not name the minute'],
  ['format_timestamp', [column(timestamp), constant('YYYY')], 'not a token'],
  ['substring', [column(text), n('0')], 'from 1'],
  ['left', [column(text), n('-1')], 'from 0'],
  ['split', [column(text), constant('')], 'at least one character'],
  ['trim', [column(text), constant('')], 'at least one character'],
  ['pad_left', [column(text), n('5'), constant('ab')], 'one character'],
  ['repeat', [column(text), n('1000001')], 'from 0 to 1000000'],
  ['to_text', [column(float64)], 'argument "x" is float64'],
  ['regex_find', [column(text), constant('(a)'), n('2')], 'from 0 to 1'],
  ['regex_find', [column(text), constant('(a?)+$')], 'repeats a group'],
  ['regex_replace_all', [column(text), constant('a*'), constant('')], 'matches the empty text'],
  ['json_text', [column(json), constant('$."*"')], 'names a member that Spark cannot'],
  ['date_trunc', [constant('hour'), column(date)], 'the unit must be one of day'],
  ['date_diff', [constant('fortnight'), column(date), column(date)], 'the unit must be one of'],
  ['at_offset', [column(timestamp), constant('Europe/Berlin')], 'named time zones are refused'],
  ['bucket_start', [column(timestamp), n('0')], 'from 1'],
  ['json_text', [column(json), constant('a.b')], 'not of the form'],
  ['json_decimal', [column(json), constant('$.a'), n('39'), n('2')], 'from 1 to 38'],
  ['to_json', [column(float64)], 'argument "x" is float64'],
  ['to_json', [column(list(float64))], 'to_json does not take float64'],
  ['list_contains', [column(list(text)), column(int64)], 'cast the value'],
  ['list_sort', [column(list(float64))], 'do not agree on its order'],
  ['list_concat', [column(list(text)), column(list(int64))], 'same type'],
  ['make_list', [column(text), column(int64)], 'of one type'],
  ['struct_field', [column(struct([field('a', text)])), constant('A')], 'no field "A"'],
  ['make_struct', [constant(['a', 'A'], list(text)), column(text), column(text)], 'the same name'],
  ['url_part', [column(text), constant('user')], 'must be one of scheme'],
  ['url_param', [column(text), constant('a b')], 'without & = # ?'],
])('%s says what is wrong with its arguments', (name, args, sentence) => {
  const resolved = resolveCall(name, args)
  expect('problem' in resolved ? resolved.problem : 'no problem').toContain(sentence)
})
