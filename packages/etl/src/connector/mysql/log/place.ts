/** A place between two events of a binary log: a file, and the bytes of it that lie before. */
export interface Place {
  readonly file: string
  readonly offset: number
}

/** The number at the end of a log file's name; servers count it up and never use one twice, short of a reset. */
export const fileNumber = (file: string): number => Number(/\.(\d+)$/.exec(file)?.[1] ?? 0)

/** Negative where `a` lies before `b` in the same log. */
export const comparePlaces = (a: Place, b: Place): number =>
  fileNumber(a.file) - fileNumber(b.file) || a.offset - b.offset

export const printPlace = ({ file, offset }: Place): string => `${file}:${offset}`

/**
 * The part of a sequence that the changes of one event share. Sequences are texts that sort as the changes were made: which
 * log (counted up when another server takes over), file, end of the event, number of the row.
 */
export const sequencePrefix = (epoch: number, { file, offset }: Place): string =>
  `${String(epoch).padStart(3, '0')}-${String(fileNumber(file)).padStart(10, '0')}-${String(offset).padStart(12, '0')}-`

/** The number of a row as the end of a sequence. */
export const sequenceRow = (row: number): string => String(row).padStart(10, '0')
