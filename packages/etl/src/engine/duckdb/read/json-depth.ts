import { BOOLEAN, type DuckDBConnection, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api'

/** How deep objects and arrays of a record may nest; the record itself is the first level. */
export const maxJsonDepth = 200

const name = 'securecart_json_is_deep'

/** Whether a JSON text nests deeper than `maxJsonDepth`. Looks no further than to the first bracket that does. */
export function isDeepJson(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i)
    if (c === 34) {
      for (i += 1; i < text.length && text.charCodeAt(i) !== 34; i += 1) {
        if (text.charCodeAt(i) === 92) i += 1
      }
    } else if (c === 91 || c === 123) {
      depth += 1
      if (depth > maxJsonDepth) return true
    } else if (c === 93 || c === 125) depth -= 1
  }
  return false
}

/** Makes the test for depth known to a connection. */
export function registerJsonDepth(connection: DuckDBConnection): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name,
      parameterTypes: [VARCHAR],
      returnType: BOOLEAN,
      mainFunction: (_info, input, output) => {
        const texts = input.getColumnVector(0)
        for (let row = 0; row < input.rowCount; row += 1)
          output.setItem(row, isDeepJson(String(texts.getItem(row) ?? '')))
        output.flush()
      },
    }),
  )
}

/** Of so many levels, more than half are objects or more than half are arrays. */
const half = Math.ceil((maxJsonDepth + 1) / 2)
const many = (x: string, bracket: string): string => `${x} LIKE '${`%${bracket}`.repeat(half)}%'`

/**
 * Prints whether a JSON text (SQL) nests too deep. Only long texts with many brackets are looked at one by one; a LIKE
 * of single characters finds them at a fifth of what parsing costs, a count or a regular expression would double it.
 */
export function isDeep(x: string): string {
  const candidate = `strlen(${x}) > ${2 * maxJsonDepth} AND (${many(x, '[')} OR ${many(x, '{')})`
  return `CASE WHEN ${candidate} THEN ${name}(${x}) ELSE FALSE END`
}
