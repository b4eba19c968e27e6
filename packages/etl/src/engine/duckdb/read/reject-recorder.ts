import { randomUUID } from 'node:crypto'
import {
  BOOLEAN,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBVector,
  VARCHAR,
} from '@duckdb/node-api'
import { quoteName } from '../../../function/dialect.ts'

/** The rejected records of one file: each distinct text with its reason. */
export interface RecordedFile {
  /** Reasons by text, kept as the Latin-1 reading of its UTF-8 bytes. */
  readonly reasons: ReadonlyMap<string, string>
  /** Records without a text, at least as many as there are: a statement that ran twice counts them twice. */
  readonly unreadable: number
  /** The reason of records without a text. */
  readonly unreadableReason: string
}

/** Takes down rejected records while the statement that reads them runs. */
export interface RejectRecorder {
  /**
   * Prints what takes down a bad row, as the last branch of a condition that good rows have met by then; it is FALSE. All
   * arguments are SQL. A filter with it in stays above the projection that it reads: values are parsed once.
   */
  refuse(file: string, record: string, reason: string): string
  /** What was taken down, by file; undefined when it was more than memory is given for. */
  recorded(): ReadonlyMap<string, RecordedFile> | undefined
}

/** Bounds of what is kept in memory. */
const maxRecords = 50_000
const maxCharacters = 16 * 2 ** 20

interface Growing {
  readonly reasons: Map<string, string>
  unreadable: number
  unreadableReason: string
}

/** Creates a recorder for the statements of one connection; it lives as long as the connection's instance. */
export function openRejectRecorder(connection: DuckDBConnection): RejectRecorder {
  const name = `reject_${randomUUID().replaceAll('-', '')}`
  const files = new Map<string, Growing>()
  let records = 0
  let characters = 0
  const overflowed = (): boolean => records > maxRecords || characters > maxCharacters
  const take = (file: string, record: string | null, reason: string): void => {
    const known = files.get(file) ?? { reasons: new Map(), unreadable: 0, unreadableReason: '' }
    files.set(file, known)
    if (record === null) {
      known.unreadable += 1
      known.unreadableReason = reason
      records += 1
      return
    }
    const key = Buffer.from(record).toString('latin1')
    if (known.reasons.has(key) || overflowed()) return
    known.reasons.set(key, reason)
    records += 1
    characters += key.length + reason.length
    if (overflowed()) files.clear()
  }
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name,
      parameterTypes: [VARCHAR, VARCHAR, VARCHAR],
      returnType: BOOLEAN,
      specialHandling: true,
      volatile: true,
      mainFunction: (_info, input, output) => refuseAll(input, output, overflowed() ? undefined : take),
    }),
  )
  return {
    // The optimizer moves no filter that can fail below a projection; `error` is never reached.
    refuse: (file, record, reason) =>
      `CASE WHEN ${quoteName(name)}(${file}, ${record}, ${reason}) THEN error('unreachable') ELSE FALSE END`,
    recorded: () => (overflowed() ? undefined : files),
  }
}

/** Refuses the rows of a chunk, and takes their values down unless there are too many: each value read costs native memory. */
function refuseAll(
  input: DuckDBDataChunk,
  output: DuckDBVector,
  take: ((file: string, record: string | null, reason: string) => void) | undefined,
): void {
  const [files, records, reasons] = [0, 1, 2].map((i) => (take ? input.getColumnVector(i) : undefined))
  for (let row = 0; row < input.rowCount; row += 1) {
    output.setItem(row, false)
    if (take === undefined) continue
    const record = records?.getItem(row) ?? null
    take(
      String(files?.getItem(row)),
      record === null ? null : String(record),
      String(reasons?.getItem(row) ?? ''),
    )
  }
  output.flush()
}
