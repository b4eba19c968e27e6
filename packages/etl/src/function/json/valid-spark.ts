import { quoteSparkText } from '../dialect.ts'
import { boundSpark } from './path-spark.ts'

const strict = `map('allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false')`

// Half of a pair of surrogates without the other is no character; Spark would let it pass.
const halves = [
  String.raw`\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])`,
  String.raw`(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]`,
]

/**
 * Prints whether a text is one JSON document; NULL or false when it is none. Spark reads the first document of a text and
 * lets others follow, so the text becomes an element of an array that must end with a digest it cannot hold.
 */
export function isJsonSpark(x: string): string {
  const array = `from_json(concat('[', ${x}, ',"', md5(${x}), '"]'), 'array<string>', ${strict})`
  const closed = boundSpark(array, 'a', (a) => `size(${a}) = 2 AND try_element_at(${a}, 2) = md5(${x})`)
  const escapes = String.raw`replace(${x}, '\\\\', '')`
  return `${closed} AND NOT ${escapes} RLIKE ${quoteSparkText(halves.join('|'))}`
}
