import { EtlError } from '../base/errors.ts'

/** Loads an optional package. Fails with `config.invalid` when it is not installed. */
export async function loadOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new EtlError('config.invalid', `the package ${name} is not installed`, {
      cause,
      hint: `npm install ${name}`,
    })
  }
}
