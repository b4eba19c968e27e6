import { coreDefinitions } from './definitions-core.ts'
import { logDefinitions } from './definitions-logs.ts'
import { ownDefinitions } from './definitions-own.ts'

let parsed: ReadonlyMap<string, string> | undefined

/** The definitions that every pattern may use, by name. Read when first asked for: most projects have no grok source. */
export function grokLibrary(): ReadonlyMap<string, string> {
  parsed ??= new Map(
    [coreDefinitions, logDefinitions, ownDefinitions]
      .flatMap((text) => text.split('\n'))
      .filter((line) => line !== '')
      .map((line) => {
        const space = line.indexOf(' ')
        return [line.slice(0, space), line.slice(space + 1)]
      }),
  )
  return parsed
}
