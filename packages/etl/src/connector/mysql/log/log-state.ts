import { type Diagnostic, EtlError } from '../../../base/errors.ts'
import type { StagedFile, StagedMark } from '../../staged-file.ts'
import type { DecoderOptions, RowDecoder } from './decoder.ts'
import type { GtidState } from './gtid.ts'
import { type Place, printPlace } from './place.ts'
import type { Prepared } from './position.ts'
import type { FollowedTable } from './statement.ts'

/** A prepared transaction that was committed: its changes are read again, as of the commit. */
export interface DecidedXa {
  readonly from: Place
  readonly as: { readonly place: Place; readonly committedAt: string }
}

export interface LogReaderOptions {
  readonly followed: FollowedTable
  readonly decoder: DecoderOptions
  readonly file: StagedFile
  readonly epoch: number
  readonly start: Place
  /** Nothing is read beyond the first end of a transaction at or after this place. */
  readonly until?: Place
  readonly gtid: GtidState
  readonly prepared: readonly Prepared[]
  /** When the file of `start` was begun; another time is another log. Undefined: not known. */
  readonly born?: number
  /** Only these transactions are read, each as of its commit; statements of the log mean nothing. */
  readonly only?: readonly DecidedXa[]
}

/** A transaction that is being read. */
export interface OpenTransaction {
  readonly from: Place
  readonly mark: StagedMark
  readonly committedAt: string
  /** The commit of a transaction that was prepared earlier. */
  readonly as?: DecidedXa['as']
  /** It is none of those that are read. */
  readonly isSkipped: boolean
  /** It is one statement, which nothing commits. */
  readonly isAlone: boolean
  readonly savepoints: Map<string, StagedMark>
  hasBegun: boolean
  hasRows: boolean
}

/** What one who follows a log keeps in mind. */
export interface LogState {
  readonly options: LogReaderOptions
  /** After the last event. */
  at: Place
  /** After the last transaction. */
  place: Place
  born: number
  open: OpenTransaction | undefined
  /** By the bytes that describe the columns. */
  readonly decoders: Map<string, RowDecoder>
  /** The decoder of each table map that is of the followed table. */
  readonly maps: Map<number, RowDecoder>
  readonly prepared: Map<string, Prepared>
  readonly decided: DecidedXa[]
  readonly warnings: Diagnostic[]
  /** Rows were read by the present structure, because the log does not name columns. */
  hasNamelessRows: boolean
  wasAltered: boolean
  /** Transactions that are still to be read, by where they begin, where only some are. */
  readonly only: Map<string, DecidedXa> | undefined
  /** Records of the transaction that is open. */
  records: number
}

/** The failure of one who can no longer tell what the rows are; `what` continues the table's name. */
export const lost = ({ options, at }: LogState, what: string): EtlError =>
  new EtlError('source.position-lost', `"${options.followed.table}" ${what} (${printPlace(at)})`, {
    hint: 'Build the table anew (--full).',
  })
