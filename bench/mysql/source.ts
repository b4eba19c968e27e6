import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Mariadb, startMariadb } from '../../tools/peers/mariadb.ts'

/** Wide rows: 26 columns of the types that shops have, a third of the columns with NULLs, about 300 bytes a row as text. */
const create = `create table orders (
  order_id bigint unsigned not null primary key,
  customer_id bigint not null,
  product_id int unsigned not null,
  store_id smallint,
  quantity int not null,
  unit_price decimal(12,2) not null,
  discount decimal(5,4),
  total decimal(18,4) not null,
  weight double,
  status enum('new','paid','shipped','returned') not null,
  region varchar(4) not null,
  currency char(3) not null,
  is_gift tinyint(1) not null,
  priority tinyint,
  coupon varchar(32),
  email varchar(120) not null,
  customer_name varchar(80) not null,
  address varchar(200) not null,
  city varchar(60),
  note text,
  attributes json,
  source_ip varchar(39),
  ordered_on date not null,
  ordered_at datetime(6) not null,
  updated_at datetime(6) not null,
  shipped_at datetime
) engine=InnoDB`

/** Rows of the sequence \`seq\`, the same for every server: what looks random follows from the number. */
const select = (rows: number): string => `insert into orders select
  n, h0 % 200000, h1 % 50000, if(h2 % 10 = 0, null, h2 % 300), 1 + h3 % 9, (h0 % 1000000) / 100, if(h1 % 3 = 0, null, (h1 % 5000) / 10000),
  (h2 % 100000000) / 10000, if(h3 % 7 = 0, null, (h3 % 100000) / 7),
  elt(1 + h0 % 4, 'new', 'paid', 'shipped', 'returned'), elt(1 + h1 % 4, 'EU', 'NA', 'APAC', 'SA'), elt(1 + h2 % 3, 'EUR', 'USD', 'JPY'),
  h3 % 2, if(h0 % 4 = 0, null, h0 % 5), if(h1 % 5 = 0, concat('SAVE', h1 % 1000), null),
  concat('customer', h0 % 200000, '@example.com'), concat(elt(1 + h2 % 5, 'José', 'Anna', 'Wei', 'Olga', 'Sam'), ' ', elt(1 + h3 % 4, 'Müller', 'O''Brien', 'Li', 'Smith')),
  concat(h0 % 999, ' ', elt(1 + h1 % 4, 'Main Street', 'High Street, Apt. ', 'Rue de Rivoli', 'Königsallee'), ' ', h2 % 99),
  if(h1 % 6 = 0, null, elt(1 + h0 % 5, 'Paris', 'München', 'New York', '東京', 'São Paulo')),
  if(h2 % 4 = 0, concat('Please leave it "at the door", ring ', h3 % 9, ' times.\\nThank you; order ', n), null),
  if(h3 % 4 = 0, null, concat('{"channel": "', elt(1 + h3 % 3, 'web', 'app', 'store'), '", "campaign": ', h0 % 300, ', "tags": ["t', h1 % 9, '", "t', h2 % 9, '"]}')),
  concat(h0 % 255, '.', h1 % 255, '.', h2 % 255, '.', h3 % 255),
  date_add('2024-01-01', interval h0 % 365 day), date_add('2024-01-01', interval (h0 % 31536000) * 1000000 + h1 % 1000000 microsecond),
  date_add('2025-01-01', interval (h2 % 31536000) * 1000000 + h3 % 1000000 microsecond), if(h2 % 3 = 0, null, date_add('2024-02-01', interval h2 % 31536000 second))
from (select seq as n, crc32(seq) as h0, crc32(seq + 0.1) as h1, crc32(seq + 0.2) as h2, crc32(seq + 0.3) as h3 from seq_1_to_${rows}) s`

/** Starts a server that holds so many rows in \`shop.orders\`; they are made once and stay in \`folder\`. */
export async function startSource(folder: string, rows: number): Promise<Mariadb> {
  const data = path.join(folder, `mariadb-${rows}`)
  const isMade = path.join(folder, `mariadb-${rows}.made`)
  if (!existsSync(isMade)) rmSync(data, { recursive: true, force: true })
  const settings = [
    '--skip-log-bin',
    '--innodb-buffer-pool-size=1G',
    '--innodb-log-file-size=1G',
    '--max-allowed-packet=64M',
  ]
  const server = await startMariadb(settings, data)
  if (existsSync(isMade)) return server
  console.error(`making ${rows.toLocaleString('en-US')} rows in MariaDB …`)
  const made = ['set session sql_mode = ""', create, select(rows), 'analyze table orders'].join(';\n')
  execFileSync(
    'mariadb',
    ['--no-defaults', '--default-character-set=utf8mb4', `--socket=${server.socketPath}`, '-uroot', 'shop'],
    { input: made },
  )
  writeFileSync(isMade, '')
  return server
}
