import type { Expression } from '../../plan/expression.ts'
import { text } from '../../plan/type.ts'
import { literal, nullLiteral } from './literal.ts'
import type { ScalarRule } from './rule.ts'

const constantText = (e: Expression | undefined): string | undefined =>
  e?.kind === 'literal' && typeof e.value === 'string' ? e.value : undefined

const textLiteral = (value: string): Expression => literal(value, text)

/** DuckDB writes groups in replacements as `\1`, the catalogue as `$1`. */
function replacementOf(written: string): string {
  return written
    .replaceAll('$', '$$$$')
    .replaceAll(/\\(\\|\d)/g, (_, what: string) => (what === '\\' ? '\\' : `$${what}`))
}

const matches =
  (whole: boolean): ScalarRule =>
  ([x, pattern, options], call) => {
    const written = constantText(pattern)
    if (x === undefined || written === undefined) return 'the pattern must be a constant'
    if (options !== undefined) return 'options of patterns'
    return call('regex_match', [x, textLiteral(whole ? `^(${written})$` : written)])
  }

const extract: ScalarRule = ([x, pattern, group, options], call) => {
  const written = constantText(pattern)
  if (x === undefined || written === undefined) return 'the pattern must be a constant'
  if (options !== undefined || (group !== undefined && constantText(group) === undefined))
    return 'options of patterns'
  const found = call('regex_find', [x, textLiteral(written), ...(group === undefined ? [] : [group])])
  // DuckDB gives the empty text where nothing matches, but NULL for NULL.
  const orEmpty = call('coalesce', [found, textLiteral('')])
  if (!x.nullable) return orEmpty
  return call('case_when', [call('is_null', [x]), { ...nullLiteral, type: text }, orEmpty])
}

const replace: ScalarRule = ([x, pattern, by, options], call) => {
  const written = constantText(pattern)
  const replacement = constantText(by)
  if (x === undefined || written === undefined || replacement === undefined)
    return 'pattern and replacement must be constants'
  const flags = options === undefined ? '' : constantText(options)
  if (flags !== '' && flags !== 'g') return 'options of patterns but g'
  const name = flags === 'g' ? 'regex_replace_all' : 'regex_replace_first'
  return call(name, [x, textLiteral(written), textLiteral(replacementOf(replacement))])
}

/** Functions of regular expressions by their DuckDB name. */
export const regexRules: Readonly<Record<string, ScalarRule>> = {
  regexp_matches: matches(false),
  regexp_full_match: matches(true),
  regexp_extract: extract,
  regexp_replace: replace,
}
