import type { Diagnostic } from '../../../base/errors.ts'
import type { RemoteSource } from '../../contract.ts'
import type { FetchRequest } from '../../remote.ts'
import type { StagedFile } from '../../staged-file.ts'
import type { MysqlConnection } from '../connect.ts'
import type { ChangesParts } from './parts.ts'
import type { LogPosition } from './position.ts'
import type { LogEnd, LogServer } from './server.ts'
import type { Structure } from './structure.ts'

/** What a fetch knows before it reads rows. */
export interface ChangesReading extends ChangesParts {
  readonly connection: MysqlConnection
  readonly source: RemoteSource
  readonly at: LogServer
  readonly end: LogEnd
  readonly structure: Structure
  readonly file: StagedFile
  readonly request: FetchRequest
}

/** What a fetch read: how far it came, and what was unusual. */
export interface ChangesRead {
  readonly position: LogPosition
  readonly warnings: readonly Diagnostic[]
}
