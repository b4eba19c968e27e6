import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from } from 'pg-copy-streams'

/** The control of the warehouse case: copies a ready CSV file into a new table. Run as `node … <host> <user> <file>`. */
const [host = '', user = '', file = ''] = process.argv.slice(2)
const client = new pg.Client({ host, user, database: 'postgres' })
await client.connect()
await client.query(`BEGIN; CREATE SCHEMA IF NOT EXISTS bench; DROP TABLE IF EXISTS bench.control;
  CREATE TABLE bench.control (order_id bigint, customer_id bigint, product_id bigint, quantity integer, unit_price numeric(12,2),
    currency text, status text, region text, ordered_at timestamptz, updated_at timestamptz, shipped_on date)`)
const copy = client.query(from('COPY bench.control FROM STDIN (FORMAT csv)'))
await pipeline(createReadStream(file, { highWaterMark: 2 ** 18 }), copy)
await client.query('COMMIT')
await client.end()
