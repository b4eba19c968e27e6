import {
  dynamodb,
  httpApi,
  int64,
  list,
  mysqlServer,
  postgres,
  secret,
  struct,
  table,
  text,
  timestamp,
  variable,
} from '@securecart/etl'

// Where the services of the profile `services` are. The defaults are the servers of compose.yaml; `--var mysql_port=3306`
// and the like name others. Secrets are read from the environment when a connection is made. Nothing connects before a
// run, a plan or a probe.

/** Orders, their items, products and stock, in MariaDB or MySQL. */
export const shopDatabase = mysqlServer({
  host: variable('mysql_host', '127.0.0.1'),
  port: Number(variable('mysql_port', '3307')),
  user: 'etl',
  password: secret('env:SHOP_MYSQL_PASSWORD'),
  database: 'shop',
})

/** Customers and their preferences. The keys are those of the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. */
export const customerTables = {
  region: 'eu-west-1',
  endpoint: variable('dynamodb', 'http://127.0.0.1:8001'),
}

/** What partners report, and the rates of the day. */
export const partnerApi = httpApi({
  url: variable('partner_api', 'http://127.0.0.1:8002/v1'),
  auth: { kind: 'bearer', token: secret('env:SHOP_PARTNER_TOKEN') },
  allowPrivate: ['127.0.0.1', 'localhost'],
})

/** Where the BI team reads. */
export const biDatabase = postgres({
  host: variable('postgres_host', '127.0.0.1'),
  port: Number(variable('postgres_port', '5433')),
  database: 'bi',
  user: 'loader',
  password: secret('env:SHOP_POSTGRES_PASSWORD'),
})

/** Every change of a customer, from the stream of the table. */
export const customerChanges = table('raw.customer_changes', {
  from: dynamodb(customerTables, {
    table: 'customers',
    columns: {
      customer_id: int64({ required: true }),
      name: text(),
      email: text(),
      region: text(),
      address: struct({ city: text(), postcode: text() }),
      tags: list(text()),
      signed_up_at: timestamp(),
      updated_at: timestamp(),
    },
    changes: 'snapshot',
  }),
})
