import { quoteText } from '../../../function/dialect.ts'
import type { ResolvedFile } from '../../../plan/source.ts'
import type { OpenedFiles } from './contract.ts'

/** Lets rejects of files that are copies name what they are copies of. */
export function withOrigins(opened: OpenedFiles, files: readonly ResolvedFile[]): OpenedFiles {
  const copies = files.filter((file) => file.origin !== undefined)
  if (copies.length === 0) return opened
  const list = (texts: readonly (string | undefined)[]): string =>
    `unnest([${texts.map((text) => quoteText(text ?? '')).join(', ')}])`
  const origins = `SELECT ${list(copies.map((f) => f.path))} AS path, ${list(copies.map((f) => f.origin))} AS origin`
  return {
    select: opened.select,
    finish: async (observed) => {
      const rejects = await opened.finish(observed)
      if (rejects === undefined) return undefined
      const columns =
        'r.rule, r.reason, coalesce(o.origin, r.source) AS source, r.line, r."offset", r.original'
      const sql = `SELECT ${columns} FROM (${rejects.sql}) r LEFT JOIN (${origins}) o ON r.source = o.path`
      return { ...rejects, sql }
    },
  }
}
