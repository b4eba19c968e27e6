import { exactShape } from '../function/numeric-type.ts'
import type { Expression } from '../plan/expression.ts'
import { call, fail, invalid } from './build.ts'

/** Where a half goes: away from zero, or to the even digit. */
export type ConversionRounding = 'half_up' | 'half_even'

/** What an amount is converted with. */
export interface Conversion {
  /** An exact number. */
  readonly amount: Expression
  /** An exact number above zero. */
  readonly rate: Expression
  /** Whether the amount is in the target currency already. */
  readonly domestic: Expression
  readonly quote?: 'direct' | 'indirect'
  readonly precision?: number
  readonly scale?: number
  readonly rounding?: ConversionRounding
}

type Shape = Required<Pick<Conversion, 'precision' | 'scale'>>

const width = (...digits: readonly number[]): number =>
  Math.min(
    38,
    digits.reduce((sum, n) => sum + n, 0),
  )

/** Rounds an exact number to the shape, halves to the even digit. */
const toEven = (x: Expression, { precision, scale }: Shape): Expression =>
  call('to_decimal', call('round_half_even', x, scale), precision, scale)

/** The product with all its digits, rounded once. */
function evenProduct({ amount, rate }: Conversion, shape: Shape): Expression {
  const [a, r] = [exactShape(amount.type), exactShape(rate.type)]
  return toEven(call('decmul', amount, rate, width(a.precision, r.precision), a.scale + r.scale), shape)
}

/**
 * The quotient, halves to the even digit. Only a quotient that ends with the digit behind the scale can be a half: when
 * that many digits times the rate give the amount again, they are the quotient, and are rounded; else no half is met.
 */
function evenQuotient({ amount, rate }: Conversion, { precision, scale }: Shape): Expression {
  const longer = call('decdiv', amount, rate, width(precision, 1), scale + 1)
  const r = exactShape(rate.type)
  const again = call('decmul', longer, rate, width(precision, 1, r.precision), scale + 1 + r.scale)
  const quotient = call('decdiv', amount, rate, precision, scale)
  return call('if', call('eq', again, amount), toEven(longer, { precision, scale }), quotient)
}

/** The converted amount: computed exactly and rounded once; NULL without an amount or a rate. Fails with `config.invalid`. */
export function converted(conversion: Conversion): Expression {
  const { amount, rate, domestic, quote = 'direct', rounding = 'half_up' } = conversion
  const { precision = 18, scale = 2 } = conversion
  const whole = Number.isInteger(precision) && Number.isInteger(scale)
  if (!whole || precision < 1 || precision > 38 || scale < 0 || scale > precision)
    throw fail(
      invalid(`decimal(${precision}, ${scale}) is no type: precision is 1 to 38, scale 0 to precision`),
    )
  if (quote !== 'direct' && quote !== 'indirect') throw fail(invalid("quote is 'direct' or 'indirect'"))
  if (rounding !== 'half_up' && rounding !== 'half_even')
    throw fail(invalid("rounding is 'half_up' or 'half_even'"))
  const shape = { precision, scale }
  if (rounding === 'half_even') {
    const exchanged = (quote === 'direct' ? evenProduct : evenQuotient)(conversion, shape)
    return call('if', domestic, toEven(amount, shape), exchanged)
  }
  const exchanged = call(quote === 'direct' ? 'decmul' : 'decdiv', amount, rate, precision, scale)
  return call('if', domestic, call('to_decimal', amount, precision, scale), exchanged)
}
