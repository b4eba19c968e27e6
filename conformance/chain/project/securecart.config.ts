import {
  dedupe,
  defineConfig,
  int64,
  mysql,
  mysqlChanges,
  mysqlServer,
  postgres,
  secret,
  table,
  target,
  text,
  timestamp,
  variable,
} from '@securecart/etl'

const data = variable('data')
const password = variable('password', '')
const shop = mysqlServer({
  host: '127.0.0.1',
  port: Number(variable('mysql')),
  user: 'root',
  database: 'shop',
})
const to = postgres({
  host: variable('host'),
  port: Number(variable('port')),
  user: variable('user'),
  database: variable('database'),
  ...(password === '' ? {} : { password: secret(password) }),
})

const events = table('raw.events', {
  from: mysql(shop, {
    table: 'events',
    columns: { id: int64({ required: true }), v: text(), at: timestamp({ required: true }) },
    cursor: 'at',
  }),
})
const changes = table('raw.account_changes', {
  from: mysqlChanges(shop, {
    table: 'accounts',
    columns: { id: int64({ required: true }), v: text(), n: int64(), e: text() },
  }),
})
const latest = table('raw.account_latest', {
  from: changes.pipe(dedupe({ by: ['id'], keep: 'last', order: ['_sequence'] })),
})

export default defineConfig({
  lake: `${data}/lake`,
  pipelines: [
    events,
    changes,
    latest,
    target('bi.events', { from: events, to, mode: 'append' }),
    target('bi.account_changes', { from: changes, to, mode: 'append' }),
    target('bi.account_latest', { from: changes, to, mode: 'merge', key: ['id'], order: ['_sequence'] }),
  ],
})
