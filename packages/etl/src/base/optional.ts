import { EtlError } from './errors.ts'

/**
 * Loads a package that only some users need, and that is therefore not installed with this one. `install` names what has to
 * be installed; default: the package. Fails with `config.invalid` when it is not there.
 */
export async function loadOptional<T>(name: string, load: () => Promise<T>, install = name): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new EtlError('config.invalid', `the package ${name} is not installed`, {
      cause,
      hint: `npm install ${install}`,
    })
  }
}
