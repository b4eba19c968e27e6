import {
  dedupe,
  int64,
  mysqlChanges,
  type MysqlServer,
  table,
  type TableDeclaration,
  text,
} from '../../packages/etl/src/index.ts'

/** The history of the table `accounts`, and its latest change of each key. */
export function accountTables(server: MysqlServer): readonly TableDeclaration[] {
  const columns = { id: int64({ required: true }), v: text(), n: int64(), e: text() }
  const history = table('raw.account_changes', { from: mysqlChanges(server, { table: 'accounts', columns }) })
  const latest = table('raw.account_latest', {
    from: history.pipe(dedupe({ by: ['id'], keep: 'last', order: ['_sequence'] })),
  })
  return [history, latest]
}
