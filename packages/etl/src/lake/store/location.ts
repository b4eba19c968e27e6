import { EtlError } from '../../base/errors.ts'

/**
 * Prints an absolute path as the URI that metadata holds. Characters stay as they are: Hadoop and PyArrow take what
 * follows `file://` literally.
 */
export function toLocation(path: string): string {
  return `file://${path}`
}

/** Reads a location (`file:///a`, `file:/a` as Hadoop prints it, or a plain path) back into an absolute path. */
export function toPath(location: string): string {
  if (location.startsWith('file://')) return location.slice('file://'.length)
  if (location.startsWith('file:/')) return location.slice('file:'.length)
  if (location.startsWith('/')) return location
  throw new EtlError('lake.unsupported', `${location} is not a local file`)
}

export interface TableName {
  /** All parts but the last, joined by dots. */
  readonly namespace: string
  readonly table: string
}

/** Splits `namespace.name`. Fails with `lake.invalid` for a name without a namespace or unsafe as a folder. */
export function splitName(name: string): TableName {
  const parts = name.split('.')
  const unsafe = parts.some((part) => part === '' || /[/\\?#%]/.test(part) || part.includes('\0'))
  if (parts.length < 2 || unsafe) {
    throw new EtlError('lake.invalid', `'${name}' is not a table name; expected namespace.name`)
  }
  return { namespace: parts.slice(0, -1).join('.'), table: parts.at(-1) ?? '' }
}
