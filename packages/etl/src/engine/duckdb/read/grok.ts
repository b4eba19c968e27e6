import { EtlError } from '../../../base/errors.ts'
import type { FileScan } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { type GrokQuery, grokQuery, standIns } from './grok-query.ts'
import { linesOf, type OddLines, searchedLines, stageLogs } from './log-lines.ts'
import { joinLogs, type RecordStandIns, searchedRecords } from './log-records.ts'
import { openRejectRecorder } from './reject-recorder.ts'
import { searchRejects } from './reject-search.ts'

const odd: OddLines = {
  bytes: [0, 1, ...Object.values(standIns), 13],
  standIn: String.fromCharCode(standIns.notText),
}

const recordStandIns: RecordStandIns = {
  lineFeed: String.fromCharCode(standIns.lineFeed),
  tooLong: String.fromCharCode(standIns.tooLong),
}

/**
 * Opens logs as a relation by patterns of whole records. Every line is a record, also an empty one, unless the format joins
 * several.
 *
 * The text of a column is what the first pattern that matches the record captured for it; its value is read as that of a text
 * column. Records that no pattern matches, with bytes that are no text, or with a value that does not fit are rejects. Fails
 * with `config.invalid` on a pattern that is too large for the engine.
 */
export async function openGrok(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'grok') throw new EtlError('bug.unreachable', 'the grok reader needs grok')
  const query = grokQuery(scan)
  const { multiline } = scan.format
  await checkPatterns(query, context)
  const lines = await stageLogs(scan, context, odd)
  const joined = multiline && (await joinLogs(lines, multiline, odd, recordStandIns, context))
  const recorder = openRejectRecorder(context.connection)
  const refuse = recorder.refuse('filename', 'line', query.reason)
  const numbered = (from: string): string =>
    `SELECT n, ${query.reason} AS reason FROM (${query.values(from, 'n')}) WHERE bad`
  return {
    select: `SELECT ${query.good} FROM (${query.values(linesOf((joined ?? lines).map((f) => f.staged)), 'filename')}) WHERE CASE WHEN bad THEN ${refuse} ELSE TRUE END`,
    finish: async ({ scanned, good }) => {
      if (scanned === good) return undefined
      const files =
        multiline && joined
          ? joined.map((file) => searchedRecords(file, multiline, odd, recordStandIns, numbered))
          : lines.map((file) => searchedLines(file, odd, numbered))
      return searchRejects({ files, recorder, expected: scanned - good, context })
    },
  }
}

/** The engine compiles expressions when it first runs them; one that is too large for it is the declaration's mistake. */
async function checkPatterns(query: GrokQuery, { connection }: ReadContext): Promise<void> {
  try {
    await connection.run(query.values(`SELECT '' AS line, 0 AS n`, 'n'))
  } catch (cause) {
    throw new EtlError('config.invalid', `a grok pattern does not work: ${(cause as Error).message}`, {
      cause,
    })
  }
}
