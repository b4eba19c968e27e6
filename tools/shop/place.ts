import path from 'node:path'

/** Where the shop's data and lake are, and how large it is. Folders are absolute. */
export interface Place {
  /** Root of the repository. */
  readonly root: string
  readonly orders: number
  readonly seed: string
  readonly data: string
  readonly lake: string
}

/** A folder as a person at the root of the repository writes it. */
export function rootRelative({ root }: Place, folder: string): string {
  const relative = path.relative(root, folder)
  return relative.startsWith('..') ? folder : relative
}

/** The options that make a command read this lake; the default lake needs only the project. */
export function lakeOption(place: Place): string {
  const isDefault = place.lake === path.join(place.root, 'examples', 'shop', 'lake')
  return isDefault ? '--project examples/shop' : `--lake ${rootRelative(place, place.lake)}`
}
