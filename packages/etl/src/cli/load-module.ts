import { pathToFileURL } from 'node:url'
import { EtlError, type SourceLocation } from '../base/errors.ts'
import { asEtlError } from './failure.ts'

const importFailures: ReadonlySet<string> = new Set([
  'ERR_MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_UNKNOWN_FILE_EXTENSION',
])

/** Node writes the place of a syntax error as the first line of its stack. */
function placeIn(stack: string): SourceLocation | undefined {
  const match = /^(?:file:\/\/)?(\/[^\n]+):(\d+)\n/.exec(stack)
  return match?.[1] === undefined ? undefined : { file: decodeURI(match[1]), line: Number(match[2]) }
}

/**
 * Imports a module of a project. What it cannot be loaded for is the user's mistake and fails with `config.invalid` and
 * its place; what its own code throws keeps its stack; the product's errors pass.
 */
export async function loadModule(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (cause) {
    const error = asEtlError(cause)
    if (error.code !== 'bug.unreachable' || !(cause instanceof Error)) throw error
    const stack = cause.stack ?? cause.message
    const at = placeIn(stack)
    const isImport = 'code' in cause && importFailures.has(String(cause.code))
    const told = isImport || at !== undefined ? cause.message : stack
    throw new EtlError('config.invalid', `the project could not be loaded: ${told}`, {
      cause,
      ...(at === undefined ? {} : { at }),
    })
  }
}
