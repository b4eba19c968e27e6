import type { ArgInfo } from '../contract.ts'
import { quoteSparkText } from '../dialect.ts'
import { type JsonPath, pathOf } from './path.ts'

const step = (s: string | number): string => {
  if (typeof s === 'number') return `[${s}]`
  // Between brackets Spark takes no quote and, before 4.0, no question mark.
  return /^[A-Za-z_][A-Za-z0-9_]*$/u.test(s) || /['?]/u.test(s) ? `.${s}` : `['${s}']`
}

const stepsOf = (args: readonly ArgInfo[]): JsonPath => {
  const path = pathOf(args)
  return typeof path === 'string' ? [] : path
}

/**
 * Prints what is at the path as Spark shows it: texts without their quotes, so that the text "1" looks as the number 1; NULL
 * where nothing is and where a member is null.
 */
export function shownSpark(x: string, args: readonly ArgInfo[]): string {
  return `get_json_object(${x}, ${quoteSparkText(`$${stepsOf(args).map(step).join('')}`)})`
}

const written = (x: string, steps: JsonPath): string =>
  `get_json_object(concat('[', ${x}, ']'), ${quoteSparkText(`$[*]${steps.map(step).join('')}`)})`

/**
 * Prints what is at the path as JSON: behind a wildcard Spark keeps the quotes of texts. NULL where nothing is and where a
 * member is null; a number beyond float64 is the text "Infinity".
 */
export function writtenSpark(x: string, args: readonly ArgInfo[]): string {
  return written(x, stepsOf(args))
}

/** Prints whether the last step of the path names a member that is there, be it null; NULL where there is no object. */
export function memberSpark(x: string, args: readonly ArgInfo[]): string {
  const steps = stepsOf(args)
  const last = steps.at(-1)
  if (typeof last !== 'string') return 'FALSE'
  return `array_contains(json_object_keys(${written(x, steps.slice(0, -1))}), ${quoteSparkText(last)})`
}

/** Prints `body` over a value that is computed once. `name` must not occur in the value. */
export function boundSpark(value: string, name: string, body: (name: string) => string): string {
  return `element_at(transform(array(${value}), ${name} -> ${body(name)}), 1)`
}

/** Prints what is at the path as a JSON document, null included; NULL where nothing is. */
export function documentSpark(x: string, args: readonly ArgInfo[]): string {
  const steps = stepsOf(args)
  if (steps.length === 0) return x
  const found = boundSpark(
    writtenSpark(x, args),
    'written',
    (w) =>
      // Numbers beyond float64 came out as texts; any such number stands for them.
      `CASE WHEN contains(${w}, 'Infinity"') AND NOT contains(${x}, 'Infinity') THEN replace(replace(${w}, '"Infinity"', '1e999'), '"-Infinity"', '-1e999') ELSE ${w} END`,
  )
  const member = memberSpark(x, args)
  return member === 'FALSE' ? found : `COALESCE(${found}, CASE WHEN ${member} THEN 'null' END)`
}
