import { readFile } from 'node:fs/promises'
import { EtlError } from './errors.ts'

/** Where a secret is found when it is needed. Pure data: this is all that declarations, plans and ledgers ever hold. */
export interface SecretReference {
  readonly kind: 'secret'
  /** `env:NAME` or `file:/absolute/path`. */
  readonly at: string
}

const form = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/

/**
 * Refers to a secret: `secret('env:SHOP_DB_PASSWORD')` is the value of an environment variable,
 * `secret('file:/run/secrets/shop-db')` the text of a file without its last line end. It is read when a connection is made.
 *
 * Fails with `config.invalid` on any other form, above all on a secret itself.
 */
export function secret(at: string): SecretReference {
  if (!form.test(at)) {
    throw new EtlError('config.invalid', 'a secret is referred to, never written down', {
      hint: "Write secret('env:NAME') or secret('file:/absolute/path').",
    })
  }
  return Object.freeze({ kind: 'secret', at })
}

/** A secret's value. However it is printed it shows as `***`; only `reveal` gives it. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
    // By its name, so that the declarations of this package need none of Node's.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => '***' })
  }
  /** The value, to be handed to the client of a service and to nothing else. */
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '***'
  }
  toJSON(): string {
    return '***'
  }
}

/** Reads the secret that a reference names. Fails with `config.secret` when there is none; the message holds no value. */
export async function readSecret(reference: SecretReference): Promise<Secret> {
  const [, scheme = '', name = ''] = /^(env|file):(.*)$/s.exec(reference.at) ?? []
  if (scheme === 'env') {
    const value = process.env[name]
    if (value === undefined || value === '')
      throw new EtlError('config.secret', `the environment variable ${name} is not set`, {
        hint: `Set ${name} to the secret, or refer to another place.`,
      })
    return new Secret(value)
  }
  try {
    return new Secret((await readFile(name, 'utf8')).replace(/\r?\n$/, ''))
  } catch (cause) {
    throw new EtlError('config.secret', `the secret file ${name} cannot be read`, { cause })
  }
}
