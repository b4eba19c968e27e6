import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { csv, int64, table, target, type TargetDeclaration, text } from '../../packages/etl/src/index.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openWorkshop } from '../run/workshop.ts'
import { openPostgres, type TestPostgres } from './warehouse.ts'

const missing = missingPostgres()
const title = 'a delivery whose ledger cannot be written'

const raw = table('raw.events', {
  from: csv('in/*.csv', { columns: { id: int64({ required: true }), note: text() } }),
})

/** Ways in which the row of the ledger cannot be written, after the rows of the delivery were; and how each is undone. */
const ways: Readonly<Record<string, readonly [set: string, undo: string]>> = {
  'a trigger that refuses': [
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
     CREATE TRIGGER t BEFORE UPDATE OF position ON securecart.deliveries FOR EACH ROW EXECUTE FUNCTION refuse()`,
    'DROP TRIGGER t ON securecart.deliveries; DROP FUNCTION refuse()',
  ],
  'a trigger that leaves it out': [
    `CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
     CREATE TRIGGER t BEFORE UPDATE OF position ON securecart.deliveries FOR EACH ROW EXECUTE FUNCTION leave_out()`,
    'DROP TRIGGER t ON securecart.deliveries; DROP FUNCTION leave_out()',
  ],
  'a check that is only seen at COMMIT': [
    `CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too late'; END $$;
     CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON securecart.deliveries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
       WHEN (OLD.position IS DISTINCT FROM NEW.position) EXECUTE FUNCTION late()`,
    'DROP TRIGGER t ON securecart.deliveries; DROP FUNCTION late()',
  ],
  'a constraint': [
    `ALTER TABLE securecart.deliveries ADD CONSTRAINT c CHECK (length(position) < 5) NOT VALID`,
    'ALTER TABLE securecart.deliveries DROP CONSTRAINT c',
  ],
  'a column that is gone': [
    'ALTER TABLE securecart.deliveries RENAME COLUMN position TO elsewhere',
    'ALTER TABLE securecart.deliveries RENAME COLUMN elsewhere TO position',
  ],
  'a table that is gone': [
    'ALTER TABLE securecart.deliveries RENAME TO elsewhere',
    'DROP TABLE IF EXISTS securecart.deliveries; ALTER TABLE securecart.elsewhere RENAME TO deliveries',
  ],
  'a connection that ends there': [
    `CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
     CREATE TRIGGER t BEFORE UPDATE OF position ON securecart.deliveries FOR EACH ROW EXECUTE FUNCTION leave()`,
    'DROP TRIGGER t ON securecart.deliveries; DROP FUNCTION leave()',
  ],
  'a connection that ends at COMMIT': [
    `CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
     CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON securecart.deliveries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
       WHEN (OLD.position IS DISTINCT FROM NEW.position) EXECUTE FUNCTION leave()`,
    'DROP TRIGGER t ON securecart.deliveries; DROP FUNCTION leave()',
  ],
  'a database that only reads': [
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
    `SET default_transaction_read_only = off; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$`,
  ],
  'a statement that takes too long': [
    `CREATE FUNCTION raise_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '57014' USING MESSAGE = 'canceling statement due to statement timeout'; END $$;
     CREATE TRIGGER t BEFORE UPDATE OF position ON securecart.deliveries FOR EACH ROW EXECUTE FUNCTION raise_late()`,
    'DROP TRIGGER t ON securecart.deliveries; DROP FUNCTION raise_late()',
  ],
}

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (${missing})`, () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await openPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each(Object.entries(ways))(
    'by %s changes nothing, and is made good later',
    async (_way, [set, undo]) => {
      await using at = await openWorkshop('ledger-')
      const name = `bi.l${Object.values(ways).findIndex(([s]) => s === set)}`
      const append = target(name, { from: raw, to: server.declared, mode: 'append' })
      const merge = target(`${name}_merged`, {
        from: raw,
        to: server.declared,
        mode: 'merge',
        key: ['id'],
        order: ['note'],
      })
      const whole = target(`${name}_whole`, { from: raw, to: server.declared, mode: 'replace' })
      const targets: readonly TargetDeclaration[] = [append, merge, whole]
      const counts = (): Promise<readonly string[]> =>
        server.query(
          targets.map((t) => `SELECT count(*), count(DISTINCT id) FROM ${t.name}`).join(' UNION ALL '),
        )
      await at.deliver('1.csv', ['id,note', '1,a', '2,b'])
      await at.run([raw], { targets })
      await at.deliver('2.csv', ['id,note', '3,c', '4,d'])
      await server.run(set)
      try {
        for (let again = 0; again < 2; again++) {
          const report = await at.run([raw], { targets })
          expect(report.targets.map((t) => t.outcome)).toEqual(['failed', 'failed', 'failed'])
          expect(
            report.targets.every((t) => t.error !== undefined && t.error.code !== 'bug.unreachable'),
          ).toBe(true)
          expect(await counts()).toEqual(['2|2', '2|2', '2|2'])
        }
      } finally {
        await server.run(undo)
      }
      const report = await at.run([raw], { targets })
      expect(report.targets.map((t) => t.error ?? t.outcome)).toEqual(['delivered', 'delivered', 'delivered'])
      expect(await counts()).toEqual(['4|4', '4|4', '4|4'])
    },
  )
})
