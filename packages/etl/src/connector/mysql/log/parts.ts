import type { MysqlServer } from '../../mysql.ts'
import { changeColumns, type MysqlChangesReads } from '../../mysql-changes.ts'
import type { RemoteSource } from '../../contract.ts'
import type { Schema } from '../../../plan/type.ts'
import type { DeclaredColumn } from './decoder.ts'

/** A source's parts, as `mysqlChanges` put them together. */
export interface ChangesParts {
  readonly server: MysqlServer
  readonly reads: MysqlChangesReads
  /** The columns of the table, without those that tell of the change. */
  readonly schema: Schema
  readonly declared: readonly DeclaredColumn[]
}

export function partsOf(source: RemoteSource): ChangesParts {
  const schema = source.schema.slice(0, -Object.keys(changeColumns).length)
  const columns = 'columns' in source.format ? source.format.columns : []
  return {
    server: source.connection as unknown as MysqlServer,
    reads: source.reads as unknown as MysqlChangesReads,
    schema,
    declared: schema.map((field, i) => ({ from: columns[i]?.from ?? field.name, type: field.type })),
  }
}
