import {
  current,
  dedupe,
  fn,
  int64,
  mysqlChanges,
  type MysqlServer,
  select,
  table,
  type TableDeclaration,
  text,
} from '../../packages/etl/src/index.ts'

/** The history of the table `accounts`, its latest change of each key, and its rows as they are now. */
export function accountTables(server: MysqlServer): readonly TableDeclaration[] {
  const columns = { id: int64({ required: true }), v: text(), n: int64(), e: text() }
  const history = table('raw.account_changes', { from: mysqlChanges(server, { table: 'accounts', columns }) })
  const latest = table('raw.account_latest', {
    from: history.pipe(dedupe({ by: ['id'], keep: 'last', order: ['_sequence'] })),
  })
  const accounts = table('sales.accounts', {
    from: history.pipe(
      current({ by: ['id'], order: ['_sequence'], deleted: (c) => fn.eq(c._operation, 'delete') }),
      select('id', 'v', 'n', 'e'),
    ),
    key: ['id'],
  })
  return [history, latest, accounts]
}
