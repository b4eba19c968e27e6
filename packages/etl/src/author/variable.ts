import { EtlError } from '../base/errors.ts'

/** Values of `--var`, and which of them the project asked for. */
interface Variables {
  values: ReadonlyMap<string, string>
  readonly asked: Set<string>
}

// One table per process, also when the command line and the project loaded two copies of this package.
const key = Symbol.for('securecart.variables')

function variables(): Variables {
  const holder = globalThis as { [key]?: Variables }
  holder[key] ??= { values: new Map(), asked: new Set() }
  return holder[key]
}

/** Sets what `variable` reads; called before a project is loaded. */
export function setVariables(values: Readonly<Record<string, string>>): void {
  const state = variables()
  state.values = new Map(Object.entries(values))
  state.asked.clear()
}

/** The names that the project has asked for since `setVariables`, to tell an unused or misspelt `--var`. */
export function askedVariables(): readonly string[] {
  return [...variables().asked]
}

/**
 * Reads a variable of the command line (`--var data=DIR`), else the default.
 *
 * Fails with `config.invalid` when there is neither.
 */
export function variable(name: string, fallback?: string): string {
  const state = variables()
  state.asked.add(name)
  const value = state.values.get(name) ?? fallback
  if (value === undefined) {
    throw new EtlError('config.invalid', `the project needs the variable "${name}"`, {
      hint: `pass it on the command line: --var ${name}=…`,
      params: { variable: name },
    })
  }
  return value
}
