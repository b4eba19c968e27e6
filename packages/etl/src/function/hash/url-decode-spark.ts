import { quoteSparkText } from '../dialect.ts'

const strayPercent = quoteSparkText('%(?![0-9A-Fa-f]{2})')
const encodedReplacement = quoteSparkText('%[Ee][Ff]%[Bb][Ff]%[Bb][Dd]|\uFFFD')

/**
 * Prints the decoding of %XX for Spark, whose own function reads + as a space, fails for a stray % and puts U+FFFD where the
 * bytes are not UTF-8. Only that adds U+FFFD that was not there: by their number it is noticed.
 */
export function urlDecodeSpark(x: string): string {
  const decoded = `url_decode(replace(regexp_replace(${x}, ${strayPercent}, '%25'), '+', '%2B'))`
  const found = `length(${decoded}) - length(replace(${decoded}, '\uFFFD', ''))`
  return `(CASE WHEN NOT contains(${x}, '%') THEN ${x} WHEN ${found} = regexp_count(${x}, ${encodedReplacement}) THEN ${decoded} END)`
}
