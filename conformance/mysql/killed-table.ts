import {
  int64,
  mysql,
  type MysqlServer,
  table,
  type TableDeclaration,
  text,
  timestamp,
} from '../../packages/etl/src/index.ts'

/** The table that runs build until they are killed. */
export const killedTable = (server: MysqlServer): TableDeclaration =>
  table('raw.killed', {
    from: mysql(server, {
      table: 'killed',
      columns: { id: int64({ required: true }), v: text(), at: timestamp({ required: true }) },
      cursor: 'at',
    }),
  })
