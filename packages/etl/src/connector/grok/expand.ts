import { EtlError } from '../../base/errors.ts'
import { grokLibrary } from './library.ts'

/** A grok pattern as a regular expression with named groups; `types` holds what `%{NAME:field:type}` says, by field. */
export interface ExpandedGrok {
  readonly regex: string
  readonly types: ReadonlyMap<string, GrokType>
}

/** The types that a pattern may name; the declared columns decide, these are what `infer` proposes. */
export type GrokType = 'int' | 'long' | 'float' | 'double' | 'boolean'

const types: readonly string[] = ['int', 'long', 'float', 'double', 'boolean'] satisfies readonly GrokType[]

/** The longest expanded pattern, in characters: the engine refuses longer programs, and definitions can multiply. */
const maxLength = 100_000

/** A reference: `%{NAME}`, `%{NAME:field}`, `%{NAME:field:type}`. */
const reference = /%\{(\w+)(?::([^:{}<>]+|\[[^{}<>]+\])(?::(\w+))?)?\}/gu

const invalid = (message: string, hint?: string): EtlError =>
  new EtlError('config.invalid', message, hint === undefined ? {} : { hint })

function unknownName(name: string, known: Iterable<string>): EtlError {
  const near = [...known].filter((k) => k.includes(name.toUpperCase()) || name.toUpperCase().includes(k))
  const hint =
    near.length > 0 ? `did you mean ${near.slice(0, 5).join(', ')}?` : 'declare it in `definitions`'
  return invalid(`there is no grok definition ${name}`, hint)
}

/**
 * Replaces the references of a grok pattern by their definitions; own definitions come before those of the library. Fails with
 * `config.invalid` on unknown names or types, definitions that contain themselves, and patterns beyond 100,000 characters.
 */
export function expandGrok(
  pattern: string,
  definitions: Readonly<Record<string, string>> = {},
): ExpandedGrok {
  const found = new Map<string, GrokType>()
  let length = 0
  const definitionOf = (name: string): string => {
    const own = Object.hasOwn(definitions, name) ? definitions[name] : undefined
    const text = own ?? grokLibrary().get(name)
    if (text === undefined) throw unknownName(name, [...Object.keys(definitions), ...grokLibrary().keys()])
    // In Ruby's syntax (?m) lets `.` match line feeds, which it does here anyway.
    return text.replace(/^\(\?m\)/u, '')
  }
  const expand = (text: string, within: readonly string[]): string =>
    text.replaceAll(reference, (_, name: string, field?: string, type?: string) => {
      if (within.includes(name))
        throw invalid(`the grok definition ${name} contains itself: ${[...within, name].join(' → ')}`)
      if (type !== undefined && !types.includes(type))
        throw invalid(`"${type}" in %{${name}:${field}:${type}} is none of the types ${types.join(', ')}`)
      if (field !== undefined && type !== undefined) found.set(field, type as GrokType)
      const body = expand(definitionOf(name), [...within, name])
      length += body.length + 4
      if (length > maxLength)
        throw invalid(
          `the grok pattern "${pattern.slice(0, 60)}" expands to more than ${maxLength} characters`,
        )
      return field === undefined ? `(?:${body})` : `(?<${field}>${body})`
    })
  const regex = expand(pattern, [])
  const odd = /%\{[^}]*\}?/u.exec(regex)
  if (odd !== null)
    throw invalid(
      `"${odd[0]}" is no reference`,
      'write %{NAME}, %{NAME:field} or %{NAME:field:int}; [%] is the character itself',
    )
  return { regex, types: found }
}
