import { rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { EtlError } from '../../base/errors.ts'
import type { Epoch } from '../contract.ts'
import { removeEmptied } from '../store/emptied.ts'
import { splitName } from '../store/location.ts'
import {
  type Catalog,
  conflict,
  fenced,
  missingFile,
  type PointerChange,
  type Publication,
} from './contract.ts'

const schema = `
  create table if not exists iceberg_tables (
    catalog_name varchar(255) not null,
    table_namespace varchar(255) not null,
    table_name varchar(255) not null,
    metadata_location varchar(1000),
    previous_metadata_location varchar(1000),
    iceberg_type varchar(5),
    primary key (catalog_name, table_namespace, table_name));
  create table if not exists iceberg_namespace_properties (
    catalog_name varchar(255) not null,
    namespace varchar(255) not null,
    property_key varchar(255) not null,
    property_value varchar(1000),
    primary key (catalog_name, namespace, property_key));
  create table if not exists securecart_epochs (
    scope text primary key, number integer not null, published integer not null default 0);
  create table if not exists securecart_publications (id text primary key, at_ms integer not null);
`

const receiptsKeptMs = 30 * 86_400_000

/**
 * Opens an SQLite catalog in the schema of Iceberg's JDBC catalog, so that PyIceberg and Spark open the same file; two
 * more tables hold epochs and receipts. Waits `patienceMs` for other processes, then fails with `lake.conflict`. Commits are
 * durable when they return.
 */
export function openSqliteCatalog(file: string, catalogName: string, patienceMs = 30_000): Catalog {
  const db = new DatabaseSync(file, { timeout: patienceMs })
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  immediately(db, () => {
    db.exec(schema)
    rememberPublishedEpochs(db)
  })
  const select = db.prepare(
    'select metadata_location as location from iceberg_tables where catalog_name = ? and table_namespace = ? and table_name = ?',
  )
  const all = db.prepare(
    `select table_namespace || '.' || table_name as name, metadata_location as location from iceberg_tables
     where catalog_name = ? and metadata_location is not null and (iceberg_type is null or iceberg_type = 'TABLE')
     order by name`,
  )
  const pointer = (name: string): string | undefined => {
    const { namespace, table } = splitName(name)
    return (select.get(catalogName, namespace, table)?.['location'] as string | null | undefined) ?? undefined
  }
  const pointers = (): Map<string, string> =>
    new Map(all.all(catalogName).map((row) => [String(row['name']), String(row['location'])]))
  return {
    look: async () => ({ pointers: pointers(), removals: 0 }),
    takeEpoch: async (scope) =>
      immediately(db, () => {
        const row = db
          .prepare(
            `insert into securecart_epochs (scope, number) values (?, 1)
             on conflict (scope) do update set number = number + 1 returning number`,
          )
          .get(scope)
        return { scope, number: Number(row?.['number']) }
      }),
    publish: async (publication) => publish(db, catalogName, { pointer, pointers }, publication),
    // Nothing is published while the files go: a commit looks for its files inside its own transaction.
    remove: async (paths, allowed) =>
      immediately(db, () => {
        allowed(pointers())
        for (const path of paths) rmSync(path, { force: true })
        removeEmptied(paths)
      }),
    [Symbol.asyncDispose]: async () => db.close(),
  }
}

/** Catalogs made before epochs remembered which of them had published lack the column. */
function rememberPublishedEpochs(db: DatabaseSync): void {
  const columns = db.prepare("select name from pragma_table_info('securecart_epochs')").all()
  if (columns.some((column) => column['name'] === 'published')) return
  db.exec('alter table securecart_epochs add column published integer not null default 0')
}

function immediately<T>(db: DatabaseSync, task: () => T): T {
  beginWriting(db)
  try {
    const result = task()
    db.exec('commit')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

const sqliteBusy = 5

function beginWriting(db: DatabaseSync): void {
  try {
    db.exec('begin immediate')
  } catch (cause) {
    if ((cause as { errcode?: number }).errcode !== sqliteBusy) throw cause
    throw new EtlError('lake.conflict', 'another process has held the catalog for too long', {
      retry: 'transient',
      cause,
      hint: 'wait for it, or end it if it hangs',
    })
  }
}

function publish(
  db: DatabaseSync,
  catalogName: string,
  look: {
    readonly pointer: (name: string) => string | undefined
    readonly pointers: () => ReadonlyMap<string, string>
  },
  { id, changes, epoch, check, files = [] }: Publication,
): void {
  const landed = (): boolean =>
    db.prepare('select 1 as found from securecart_publications where id = ?').get(id) !== undefined
  try {
    immediately(db, () => {
      if (landed()) return
      checkEpoch(db, epoch)
      check?.(look.pointers())
      const gone = files.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
      if (gone !== undefined) throw missingFile(gone)
      for (const change of changes) {
        const now = look.pointer(change.name)
        if (now !== change.from) throw conflict(change.name)
        movePointer(db, catalogName, change)
      }
      const now = Date.now()
      db.prepare('insert into securecart_publications values (?, ?)').run(id, now)
      db.prepare('delete from securecart_publications where at_ms < ?').run(now - receiptsKeptMs)
    })
  } catch (error) {
    // The answer of a commit can be lost though it landed: what the catalog says now is the truth.
    if (error instanceof EtlError || !landed()) throw error
  }
}

/** Refuses an epoch when a newer one of its scope has published, and notes that this one has. */
function checkEpoch(db: DatabaseSync, epoch: Epoch | undefined): void {
  if (epoch === undefined) return
  const row = db.prepare('select published from securecart_epochs where scope = ?').get(epoch.scope)
  const newest = Number(row?.['published'] ?? 0)
  if (newest <= epoch.number) {
    db.prepare('update securecart_epochs set published = ? where scope = ?').run(epoch.number, epoch.scope)
    return
  }
  throw fenced(epoch, newest)
}

function movePointer(db: DatabaseSync, catalogName: string, change: PointerChange): void {
  const { namespace, table } = splitName(change.name)
  const key = [catalogName, namespace, table] as const
  if (change.to === undefined) {
    db.prepare(
      'delete from iceberg_tables where catalog_name = ? and table_namespace = ? and table_name = ?',
    ).run(...key)
    return
  }
  db.prepare(
    `insert into iceberg_tables values (?, ?, ?, ?, ?, 'TABLE')
     on conflict (catalog_name, table_namespace, table_name) do update
     set metadata_location = excluded.metadata_location,
         previous_metadata_location = excluded.previous_metadata_location`,
  ).run(...key, change.to, change.from ?? null)
  db.prepare(`insert or ignore into iceberg_namespace_properties values (?, ?, 'exists', 'true')`).run(
    catalogName,
    namespace,
  )
}
