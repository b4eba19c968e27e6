import type { LogicalType } from '../plan/type.ts'
import { decimalShape } from './constant.ts'
import type { Printer } from './contract.ts'
import { sqlType } from './dialect.ts'
import { exactShape } from './numeric-type.ts'

// Spark's whole numbers of 38 digits are DECIMAL(38,0), and it has no division of them into whole numbers.

const power = (digits: number): string => `CAST('1${'0'.repeat(digits)}' AS DECIMAL(${digits + 1},0))`

/** Prints an exact number times ten to its scale, as a decimal of its own precision without fraction. */
function unscaled(sql: string, type: LogicalType): string {
  const { precision, scale } = exactShape(type)
  const whole = `DECIMAL(${precision},0)`
  if (scale === 0) return `CAST(${sql} AS ${whole})`
  return precision + scale <= 38
    ? `CAST(${sql} * ${power(scale)} AS ${whole})`
    : `CAST(replace(CAST(${sql} AS STRING), '.', '') AS ${whole})`
}

/** Prints a whole number divided by ten to the scale of the result type; fails when it has too many digits. */
function rescaled(whole: string, type: LogicalType): string {
  const { scale } = decimalShape(type)
  if (scale === 0) return `CAST(${whole} AS ${sqlType(type, 'spark')})`
  const unit = `CAST('0.${'1'.padStart(scale, '0')}' AS DECIMAL(${scale},${scale}))`
  return `CAST(CAST(${whole} AS DECIMAL(38,0)) * ${unit} AS ${sqlType(type, 'spark')})`
}

/** Names values for a body that uses them often. */
const given = (values: string, name: string, body: string): string =>
  `transform(array(named_struct(${values})), ${name} -> ${body})[0]`

/** Prints n / d truncated, where the quotient has at most 20 digits. */
const shortQuotient = (n: string, d: string): string => `CAST((${n} - ${n} % ${d}) / ${d} AS DECIMAL(38,0))`

// A quotient of 38 digits is found in two halves of 18 and 20 when the divisor leaves room for it.
const halves = given(
  `'a', ${shortQuotient('e.n', power(18))}, 'b', e.n % ${power(18)}, 'd', CAST(e.d AS DECIMAL(18,0))`,
  'f',
  given(
    `'q', ${shortQuotient('f.a', 'f.d')}, 'c', CAST((f.a % f.d) * ${power(18)} + f.b AS DECIMAL(38,0)), 'd', f.d`,
    'g',
    `named_struct('q', CAST(g.q * ${power(18)} + ${shortQuotient('g.c', 'g.d')} AS DECIMAL(38,0)), 'r', CAST(g.c % g.d AS DECIMAL(38,0)))`,
  ),
)
const once = `named_struct('q', ${shortQuotient('e.n', 'e.d')}, 'r', CAST(e.n % e.d AS DECIMAL(38,0)))`

// Spark 4 rounds what `abs` gives of a decimal to 34 digits.
const size = (x: string): string => `greatest(${x}, 0 - ${x})`

/** Prints the quotient of two whole numbers, rounded half away from zero. */
function roundedQuotient(n: string, d: string): string {
  const away = `CASE WHEN (h.n < 0) <> (h.d < 0) THEN -1 ELSE 1 END`
  const rounded = `CAST(h.p.q + CASE WHEN ${size('h.p.r')} >= ${size('h.d')} - ${size('h.p.r')} THEN ${away} ELSE 0 END AS DECIMAL(38,0))`
  const parts = `CASE WHEN ${size('e.d')} >= ${power(18)} THEN ${once} ELSE ${halves} END`
  const divided = given(`'n', e.n, 'd', e.d, 'p', ${parts}`, 'h', rounded)
  return given(`'n', CAST(${n} AS DECIMAL(38,0)), 'd', CAST(${d} AS DECIMAL(38,0))`, 'e', divided)
}

/**
 * Prints `decdiv`. Spark rounds a quotient twice, to the scale of its own result type and then to ours. Where its scale
 * has room for all digits of the divisor, the first rounding cannot make a half of what is none, and the division is
 * Spark's own; else whole numbers are divided.
 */
export const sparkDivision: Printer = ([x = '', y = ''], call) => {
  const [a, b] = call.args.map((arg) => arg.type)
  if (a === undefined || b === undefined) return 'NULL'
  const [p, q] = [exactShape(a), exactShape(b)]
  const { scale } = decimalShape(call.type)
  const wide = Math.max(p.scale, scale)
  const digits = p.precision - p.scale + q.scale + Math.max(6, wide + q.precision + 1)
  if (digits <= 38) {
    const dividend = `CAST(${x} AS DECIMAL(${p.precision - p.scale + wide},${wide}))`
    const divisor = `CAST(${y} AS DECIMAL(${q.precision},${q.scale}))`
    return `(CASE WHEN ${y} <> 0 THEN CAST(${dividend} / ${divisor} AS ${sqlType(call.type, 'spark')}) END)`
  }
  // x / y = n / d * 10^(q.scale - p.scale), and the quotient is wanted in units of 10^-scale.
  const shift = scale + q.scale - p.scale
  const n = shift > 0 ? `${unscaled(x, a)} * ${power(shift)}` : unscaled(x, a)
  const d = shift < 0 ? `${unscaled(y, b)} * ${power(-shift)}` : unscaled(y, b)
  return `(CASE WHEN ${y} <> 0 THEN ${rescaled(roundedQuotient(n, d), call.type)} END)`
}

/** Prints `decmul`: the product with all its digits, rounded once. */
export const sparkProduct: Printer = ([x = '', y = ''], call) => {
  const [a, b] = call.args.map((arg) => arg.type)
  if (a === undefined || b === undefined) return 'NULL'
  const [p, q] = [exactShape(a), exactShape(b)]
  if (p.scale + q.scale <= 38) {
    const [m, n] = [`DECIMAL(${p.precision},${p.scale})`, `DECIMAL(${q.precision},${q.scale})`]
    return `CAST(CAST(${x} AS ${m}) * CAST(${y} AS ${n}) AS ${sqlType(call.type, 'spark')})`
  }
  const product = `(${unscaled(x, a)} * ${unscaled(y, b)})`
  const drop = p.scale + q.scale - decimalShape(call.type).scale
  // A product of 38 digits less 37 has one left, which alone decides what less 38 is, and less 39 nothing is left.
  if (drop > 37) {
    const tenth = `CAST(${shortQuotient(product, power(37))} * 0.1 AS DECIMAL(38,0))`
    return rescaled(drop === 38 ? tenth : `CAST(${product} AS DECIMAL(38,0)) * 0`, call.type)
  }
  return rescaled(
    drop <= 0 ? `${product} * ${power(-drop)}` : roundedQuotient(product, power(drop)),
    call.type,
  )
}

/** Prints `from_minor_units`. */
export const sparkFromMinorUnits: Printer = ([x], { type }) => rescaled(`CAST(${x} AS BIGINT)`, type)

/** Prints `to_minor_units`. */
export const sparkToMinorUnits: Printer = ([x = ''], { args, type }) =>
  `CAST(${unscaled(x, args[0]?.type ?? type)} AS BIGINT)`
