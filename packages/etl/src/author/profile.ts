import { callerLocation, EtlError, type SourceLocation } from '../base/errors.ts'

/** The chosen profile, and where the project's modules name which. */
interface Profiles {
  chosen: string | undefined
  readonly named: Map<string, SourceLocation | undefined>
}

// One table per process, also when the command line and the project loaded two copies of this package.
const key = Symbol.for('securecart.profiles')

function profiles(): Profiles {
  const holder = globalThis as { [key]?: Profiles }
  holder[key] ??= { chosen: undefined, named: new Map() }
  return holder[key]
}

/** Sets the profile that `byProfile` chooses by; called before a project is loaded. */
export function setProfile(profile: string | undefined): void {
  const state = profiles()
  state.chosen = profile
  state.named.clear()
}

/** What `setProfile` set. */
export const chosenProfile = (): string | undefined => profiles().chosen

/** The profiles that calls of `byProfile` named since `setProfile`, with the place of one such call. */
export const namedProfiles = (): ReadonlyMap<string, SourceLocation | undefined> => profiles().named

/**
 * Chooses what differs between the profiles of a project, such as the source of a table:
 *
 * ```ts
 * export const orders = table('raw.orders', {
 *   from: byProfile({
 *     default: () => csv('data/orders/*.csv', { columns }),
 *     services: () => mysql(shop, { table: 'orders', cursor: 'updated_at', columns }),
 *   }),
 * })
 * ```
 *
 * Input: functions by the names of profiles that the configuration declares; `default` stands for all others, and for a
 * command without `--profile`. Only the chosen one is called, when the module is loaded. Output: what it gives. Fails with
 * `config.invalid` when there is nothing for the chosen profile; a name that the configuration does not declare stops
 * the command. A table may use the columns that it has in every profile.
 */
export function byProfile<const P extends Readonly<Record<string, () => unknown>>>(
  choices: P,
): ReturnType<P[keyof P]> {
  const state = profiles()
  const at = callerLocation()
  const names = Object.keys(choices)
  for (const name of names) state.named.set(name, at)
  const wanted = state.chosen ?? 'default'
  const found = [wanted, 'default'].find((name) => Object.hasOwn(choices, name))
  const choice = found === undefined ? undefined : choices[found]
  if (choice !== undefined) return choice() as ReturnType<P[keyof P]>
  const known = names.filter((name) => name !== 'default').join(', ')
  throw new EtlError(
    'config.invalid',
    state.chosen === undefined
      ? 'the project needs a profile'
      : `nothing is declared here for the profile "${state.chosen}"`,
    {
      hint: state.chosen === undefined ? `Choose one with --profile: ${known}.` : `Add it, or a \`default\`.`,
      ...(at === undefined ? {} : { at }),
    },
  )
}
