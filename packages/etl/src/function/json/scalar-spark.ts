import type { ArgInfo } from '../contract.ts'
import { quoteSparkText } from '../dialect.ts'
import { boundSpark, shownSpark, writtenSpark } from './path-spark.ts'

/** What is an object, an array, a number with a fraction or null, or only a text that looks as one. */
const doubtful = quoteSparkText(String.raw`^(?:[{\[]|-?[0-9]+[.eE]|null\z|"-?Infinity"\z)`)
const whole = quoteSparkText(String.raw`^-?[0-9]+\z`)
const decimal = quoteSparkText(String.raw`^-?[0-9]+[.][0-9]+\z`)
const number = quoteSparkText('^-?[0-9]')
const digits = (n: string): string =>
  `length(trim(BOTH '0' FROM translate(substring_index(${n}, 'E', 1), '-.', '')))`

/** Takes the zeros at the end away that stand behind a point, and then the point. */
const shortened = (n: string): string => `rtrim('.', rtrim('0', ${n}))`

/**
 * Prints the plain digits of a JSON number without trailing zeros, NULL for what is none. Spark has read numbers with a
 * fraction or an exponent into float64, which keeps 15 digits for sure, and writes those of common size without an exponent.
 */
export function numberSpark(n: string): string {
  const size = `abs(try_cast(${n} AS DOUBLE))`
  const rare = `CASE WHEN ${size} >= 1e-6D AND ${size} < 1e15D AND ${digits(n)} <= 15 THEN ${shortened(`CAST(try_cast(${n} AS DECIMAL(38,21)) AS STRING)`)} END`
  const common = `CASE WHEN ${n} = '-0.0' THEN '0' WHEN ${digits(n)} <= 15 THEN ${shortened(n)} END`
  return `CASE WHEN ${n} RLIKE ${whole} THEN ${n} WHEN ${n} RLIKE ${decimal} THEN ${common} WHEN ${n} RLIKE ${number} THEN ${rare} END`
}

/** Prints `body` over the JSON text of the value at a path, taken out once. */
export function withValueSpark(x: string, args: readonly ArgInfo[], body: (n: string) => string): string {
  return boundSpark(writtenSpark(x, args), 'n', body)
}

/** The text of the text, number, true or false at a path, NULL for everything else. */
export function textSpark(x: string, args: readonly ArgInfo[]): string {
  const second = (shown: string): string =>
    withValueSpark(
      x,
      args,
      (n) => `CASE WHEN startswith(${n}, '"') AND ${n} <> ${shown} THEN ${shown} ELSE ${numberSpark(n)} END`,
    )
  return boundSpark(
    shownSpark(x, args),
    'shown',
    (v) => `CASE WHEN ${v} RLIKE ${doubtful} THEN ${second(v)} ELSE ${v} END`,
  )
}

/** A document without the white space that may come before it. */
export const leftTrimmedSpark = (j: string): string => String.raw`ltrim(' \t\r\n', ${j})`

/** Inside of texts no quote and backslash is left, so that the quotes that are left begin and end texts. */
const quotes = (j: string): string => String.raw`replace(replace(${j}, '\\\\', '\\u005c'), '\\"', '\\u0022')`

/** The elements of a JSON array as `textSpark` gives them, NULL for what is no array. */
export function elementsSpark(j: string): string {
  // Every text gets a letter in front, by which it is told from numbers and the rest.
  const marked = `regexp_replace(${quotes(j)}, '"([^"]*)"', '"s$1"')`
  const element = (v: string): string =>
    `CASE WHEN startswith(${v}, 's') THEN substring(${v}, 2) WHEN ${v} IN ('true', 'false') THEN ${v} ELSE ${numberSpark(v)} END`
  return `CASE WHEN startswith(${leftTrimmedSpark(j)}, '[') THEN transform(from_json(${marked}, 'array<string>'), v -> ${element('v')}) END`
}
