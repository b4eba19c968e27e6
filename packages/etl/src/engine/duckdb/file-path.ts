import { quoteText } from '../../function/dialect.ts'

/**
 * Prints the absolute path of a file as DuckDB's readers take it: they would read `*`, `?` and `[` as patterns, which may
 * match other files. Readers must be given `hive_partitioning = false` as well, or folders called `name=value` replace
 * columns of the file.
 */
export function quotePath(path: string): string {
  return quoteText(path.replaceAll(/[*?[]/g, '[$&]'))
}

/** Prints a list of file paths as a DuckDB list literal. */
export const pathList = (paths: readonly string[]): string => `[${paths.map(quotePath).join(', ')}]`

/** Prints a path for the list of allowed ones: as itself, when it is opened, and as the pattern that readers are given. */
export const allowedForms = (path: string): readonly string[] => [
  ...new Set([quoteText(path), quotePath(path)]),
]
