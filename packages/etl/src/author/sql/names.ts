import type { Expression } from '../../plan/expression.ts'
import { exactOperands } from './exact-arithmetic.ts'
import { literal } from './literal.ts'
import { alignLiterals } from './literal-align.ts'
import { regexRules } from './regex.ts'
import type { AggregateRule, Call, Rewrite, ScalarRule, WindowRule } from './rule.ts'

/** Comparison operators of the tree. */
export const comparisons: Readonly<Record<string, string>> = {
  COMPARE_EQUAL: 'eq',
  COMPARE_NOTEQUAL: 'ne',
  COMPARE_LESSTHAN: 'lt',
  COMPARE_GREATERTHAN: 'gt',
  COMPARE_LESSTHANOREQUALTO: 'le',
  COMPARE_GREATERTHANOREQUALTO: 'ge',
  COMPARE_DISTINCT_FROM: 'is_distinct_from',
  COMPARE_NOT_DISTINCT_FROM: 'is_not_distinct_from',
}

const numbers = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal', 'float64']
const integers = ['int8', 'int16', 'int32', 'int64', 'uint64']
const isNumber = (e: Expression): boolean => numbers.includes(e.type.kind)
const isInteger = (e: Expression): boolean => integers.includes(e.type.kind)

const arithmetic =
  (name: string): Rewrite =>
  (args, call) => {
    if (!args.every(isNumber)) return 'only arithmetic of numbers is in the catalogue'
    return call(name, exactOperands(name, args, call))
  }

/** A date plus whole days, or numbers. */
const plus: ScalarRule = (args, call) => {
  const [x, y] = args
  if (x?.type.kind === 'date' && y !== undefined && isInteger(y)) return call('add_days', [x, y])
  if (y?.type.kind === 'date' && x !== undefined && isInteger(x)) return call('add_days', [y, x])
  return arithmetic('add')(args, call)
}

const minus: ScalarRule = (args, call) => {
  const [x] = args
  if (args.length === 1 && x !== undefined)
    return isNumber(x) ? call('negate', args) : 'only numbers are negated'
  const [, y] = args
  if (x?.type.kind === 'date' && y?.type.kind === 'date')
    return call('date_diff', [literal('day', { kind: 'text' }), y, x])
  if (x?.type.kind === 'date' && y !== undefined && isInteger(y))
    return call('add_days', [x, call('negate', [y])])
  return arithmetic('subtract')(args, call)
}

/** DuckDB divides by zero to infinity, as IEEE 754 does. A divisor that is never zero needs no such care. */
const divide: ScalarRule = ([x, y], call) => {
  if (x === undefined || y === undefined || !isNumber(x) || !isNumber(y)) return 'only numbers are divided'
  const isZero = (e: Expression | undefined): boolean => Number(constantText(e) ?? Number.NaN) === 0
  const sure =
    (y.kind === 'literal' && !isZero(y)) ||
    (y.kind === 'call' && y.function === 'null_if' && isZero(y.args[1]))
  return call(sure ? 'div' : 'ieee_div', [x, y])
}

/** The text of a literal argument; undefined for anything else. */
const constantText = (e: Expression | undefined): string | undefined =>
  e?.kind === 'literal' && typeof e.value === 'string' ? e.value : undefined

const dateParts = new Set(['year', 'quarter', 'month', 'day', 'hour', 'minute', 'second'])
const isoParts: Readonly<Record<string, string>> = {
  isodow: 'iso_dow',
  week: 'iso_week',
  isoyear: 'iso_year',
  doy: 'day_of_year',
}

const datePart = (part: string, e: Expression, call: Call): Expression | string => {
  const name = dateParts.has(part) ? part : Object.hasOwn(isoParts, part) ? isoParts[part] : undefined
  if (name === undefined || !['date', 'timestamp'].includes(e.type.kind))
    return `the part "${part}" of ${e.type.kind}`
  return call(name, [e])
}

const extract: ScalarRule = ([part, e], call) => {
  const name = constantText(part)?.toLowerCase()
  return name === undefined || e === undefined ? 'the part must be a constant' : datePart(name, e, call)
}

const part =
  (name: string): ScalarRule =>
  ([e], call) =>
    e === undefined ? 'an argument is missing' : datePart(name, e, call)

/** DuckDB's substring counts from the end for negative positions; the catalogue takes constant positions from 1. */
const positive =
  (name: string, from: number): ScalarRule =>
  (args, call) => {
    const counts = args.slice(1).map((a) => Number(constantText(a) ?? Number.NaN))
    const fine = counts.every(
      (n, i) => Number.isInteger(n) && n >= (name === 'substring' && i === 0 ? 1 : from),
    )
    return fine ? call(name, args) : 'positions must be constants and not negative'
  }

/** Patterns of LIKE that are plain searches. */
const like =
  (negated: boolean): ScalarRule =>
  ([text, pattern], call) => {
    const written = constantText(pattern)
    if (text === undefined || written === undefined) return 'the pattern must be a constant'
    const match = /^(%?)([^%_\\]*)(%?)$/.exec(written)
    if (match === null) return 'only patterns with % at their ends are in the catalogue'
    const [, before, inner = '', after] = match
    const piece = literal(inner, { kind: 'text' })
    const name =
      before === '%' && after === '%'
        ? 'contains'
        : before === '%'
          ? 'ends_with'
          : after === '%'
            ? 'starts_with'
            : 'eq'
    const found = call(name, [text, piece])
    return negated ? call('not', [found]) : found
  }

/** Both leave out NULLs. */
const concat: ScalarRule = (args, call) =>
  args.every((a) => a.type.kind === 'text')
    ? call('join_text', [literal('', { kind: 'text' }), ...args])
    : 'only texts'

const truncUnits = new Set(['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'])

const dateTrunc: ScalarRule = ([unit, e], call) => {
  const name = constantText(unit)?.toLowerCase()
  if (e === undefined || name === undefined || !truncUnits.has(name)) return 'the unit must be year to second'
  if (e.type.kind !== 'timestamp' && e.type.kind !== 'date') return `of ${e.type.kind}`
  // DuckDB gives a timestamp for a date as well.
  return call('date_trunc', [
    literal(name, { kind: 'text' }),
    e.type.kind === 'date' ? call('to_timestamp', [e]) : e,
  ])
}

const round: ScalarRule = ([x, digits], call) => {
  if (x === undefined || !isNumber(x)) return 'only numbers are rounded'
  return call('round', digits === undefined ? [x] : [x, digits])
}

const dateDiff: ScalarRule = ([unit, from, to], call) => {
  const name = constantText(unit)?.toLowerCase()
  if (from === undefined || to === undefined || name === undefined || !truncUnits.has(name)) {
    return 'the unit must be year to second'
  }
  // DuckDB counts the Mondays between two days in another way when the days are in falling order.
  if (name === 'week') return 'weeks; count days instead'
  return call('date_diff', [literal(name, { kind: 'text' }), from, to])
}

const ofNumber =
  (name: string): ScalarRule =>
  (args, call) =>
    args.every(isNumber) ? call(name, args) : 'only numbers'

const ofFloat =
  (name: string): ScalarRule =>
  (args, call) =>
    args.every((a) => a.type.kind === 'float64') ? call(name, args) : 'only float64'

/** Scalar functions and operators by their DuckDB name. */
export const scalarRules: Readonly<Record<string, ScalarRule>> = {
  '+': plus,
  '-': minus,
  '*': arithmetic('multiply'),
  '/': divide,
  '//': (args, call) => (args.every(isInteger) ? call('idiv', args) : 'only integers'),
  '%': (args, call) => (args.every(isInteger) ? call('mod', args) : 'only integers'),
  mod: (args, call) => (args.every(isInteger) ? call('mod', args) : 'only integers'),
  '||': (args, call) => (args.every((a) => a.type.kind === 'text') ? call('append', args) : 'only texts'),
  '~~': like(false),
  '!~~': like(true),
  abs: ofNumber('abs'),
  ceil: ofNumber('ceil'),
  ceiling: ofNumber('ceil'),
  floor: ofNumber('floor'),
  round,
  // To DuckDB the sign of NaN is 0.
  sign: (args, call) =>
    args.every((a) => isNumber(a) && a.type.kind !== 'float64') ? call('sign', args) : 'only exact numbers',
  isnan: ofFloat('is_nan'),
  isfinite: ofFloat('is_finite'),
  greatest: 'greatest',
  least: 'least',
  nullif: 'null_if',
  ifnull: 'coalesce',
  // The catalogue changes ASCII letters only, alike on every engine.
  lower: 'lower',
  lcase: 'lower',
  upper: 'upper',
  ucase: 'upper',
  trim: 'trim',
  ltrim: 'ltrim',
  rtrim: 'rtrim',
  length: 'length',
  len: 'length',
  char_length: 'length',
  character_length: 'length',
  substring: positive('substring', 0),
  substr: positive('substring', 0),
  left: positive('left', 0),
  right: positive('right', 0),
  replace: 'replace',
  repeat: positive('repeat', 0),
  contains: 'contains',
  starts_with: 'starts_with',
  prefix: 'starts_with',
  '^@': 'starts_with',
  ends_with: 'ends_with',
  suffix: 'ends_with',
  strpos: 'position',
  instr: 'position',
  position: 'position',
  split_part: positive('split_part', 1),
  string_split: 'split',
  str_split: 'split',
  concat,
  concat_ws: 'join_text',
  date_trunc: dateTrunc,
  datetrunc: dateTrunc,
  date_diff: dateDiff,
  datediff: dateDiff,
  date_part: extract,
  datepart: extract,
  year: part('year'),
  quarter: part('quarter'),
  month: part('month'),
  day: part('day'),
  dayofmonth: part('day'),
  hour: part('hour'),
  minute: part('minute'),
  second: part('second'),
  week: part('week'),
  weekofyear: part('week'),
  isodow: part('isodow'),
  isoyear: part('isoyear'),
  dayofyear: part('doy'),
  monthname: 'month_name',
  dayname: 'day_name',
  last_day: 'last_day',
  ...regexRules,
  md5: 'md5',
  sha256: 'sha256',
}

const needsOrder = 'its result depends on the order of rows; write ORDER BY inside the call'

/** An aggregate whose result no order of rows changes; DISTINCT changes nothing for these. */
const single =
  (name: string, takes = 1): AggregateRule =>
  (args, { distinct }) => {
    if (args.length !== takes) return 'the n first values'
    return distinct && !['min', 'max'].includes(name) ? 'DISTINCT' : { name, args, keepsDistinct: false }
  }

const ordered =
  (name: string): AggregateRule =>
  (args, { order, distinct }) => {
    if (distinct) return 'DISTINCT with an order'
    return order.length === 0 ? needsOrder : { name, args, order }
  }

const numeric =
  (name: string): AggregateRule =>
  (args) =>
    args.every(isNumber) ? { name, args } : 'only numbers'

const count: AggregateRule = (args, { distinct }) => {
  if (args.length === 0) return { name: 'count', args }
  if (args.length > 1) return 'of several columns'
  return distinct ? { name: 'count_distinct', args, keepsDistinct: false } : { name: 'count_value', args }
}

const texts: AggregateRule = (args, { distinct, order }) => {
  if (distinct) return 'DISTINCT with an order'
  const [x, separator = literal(',', { kind: 'text' })] = args
  if (x === undefined || order.length === 0) return needsOrder
  return { name: 'string_agg', args: [x, separator], order }
}

/** DuckDB truncates the median of decimals to their scale; the catalogue gives float64. */
const median: AggregateRule = (args) =>
  args.every((a) => isInteger(a) || a.type.kind === 'float64')
    ? { name: 'median', args }
    : 'only integers and float64'

const quantile: AggregateRule = ([x, share]) => {
  if (x === undefined || share === undefined || !(isInteger(x) || x.type.kind === 'float64')) {
    return 'only a share of integers and float64'
  }
  return { name: 'quantile', args: [x, share] }
}

/** Aggregate functions by their DuckDB name. */
export const aggregateRules: Readonly<Record<string, AggregateRule>> = {
  count_star: () => ({ name: 'count', args: [] }),
  count,
  sum: numeric('sum'),
  avg: numeric('avg'),
  mean: numeric('avg'),
  min: single('min'),
  max: single('max'),
  arg_min: single('min_by', 2),
  min_by: single('min_by', 2),
  arg_max: single('max_by', 2),
  max_by: single('max_by', 2),
  count_if: single('count_if'),
  countif: single('count_if'),
  bool_and: single('all_true'),
  bool_or: single('any_true'),
  stddev: numeric('stddev'),
  stddev_samp: numeric('stddev'),
  variance: numeric('variance'),
  var_samp: numeric('variance'),
  median,
  quantile_cont: quantile,
  string_agg: texts,
  group_concat: texts,
  listagg: texts,
  list: ordered('list_agg'),
  array_agg: ordered('list_agg'),
  first: ordered('first'),
  last: ordered('last'),
}

const plainWindow =
  (name: string): WindowRule =>
  (args) => ({ name, args })

/** The value of another row; the default takes the type of the value. */
const neighbour =
  (name: string): WindowRule =>
  ([x, offset, otherwise]) => {
    if (x === undefined) return 'a value is needed'
    const args = [x, ...(offset === undefined ? [] : [offset])]
    const aligned = otherwise === undefined ? [] : alignLiterals([x, otherwise]).slice(1)
    return { name, args: [...args, ...aligned] }
  }

/** Window functions, and aggregates over windows, by their DuckDB name. */
export const windowRules: Readonly<Record<string, WindowRule>> = {
  row_number: plainWindow('row_number'),
  rank: plainWindow('rank'),
  dense_rank: plainWindow('dense_rank'),
  ntile: plainWindow('ntile'),
  percent_rank: plainWindow('percent_rank'),
  cume_dist: plainWindow('cume_dist'),
  lag: neighbour('lag'),
  lead: neighbour('lead'),
  first_value: plainWindow('first_value'),
  last_value: plainWindow('last_value'),
  count_star: () => ({ name: 'count', args: [] }),
  count: (args) => ({ name: args.length === 0 ? 'count' : 'count_value', args }),
  sum: (args) => (args.every(isNumber) ? { name: 'sum', args } : 'only numbers'),
  avg: (args) => (args.every(isNumber) ? { name: 'avg', args } : 'only numbers'),
  min: plainWindow('min'),
  max: plainWindow('max'),
}
