import { EtlError } from '../../../base/errors.ts'
import type { LogEvent } from './event.ts'
import type { TransactionStart } from './gtid-event.ts'
import { type LogState, lost } from './log-state.ts'
import type { Meaning } from './meaning.ts'
import { printPlace } from './place.ts'
import { readQuery, readXaPrepare } from './query-event.ts'
import { meaningOf } from './statement.ts'
import { momentText } from './time-text.ts'

/** Begins a transaction; `from` is where its first event begins. */
export function begin(state: LogState, from: LogState['at'], start: TransactionStart): void {
  const { options } = state
  if (start.gtid !== undefined) options.gtid.set(start.gtid.domain, start.gtid.text)
  const as = state.only?.get(printPlace(from))?.as
  state.records = 0
  state.open = {
    from,
    mark: options.file.mark(),
    committedAt: as?.committedAt ?? start.committedAt,
    ...(as === undefined ? {} : { as }),
    isSkipped: state.only !== undefined && as === undefined,
    isAlone: start.isAlone,
    savepoints: new Map(),
    hasBegun: start.gtid !== undefined && !start.isAlone,
    hasRows: false,
  }
}

/** Ends a transaction; what was read of it stays. */
export function commit(state: LogState): void {
  if (state.open !== undefined) state.only?.delete(printPlace(state.open.from))
  state.open = undefined
}

/** Ends a transaction, and forgets what was read of it. */
export function undo(state: LogState): void {
  if (state.open !== undefined) state.options.file.reset(state.open.mark)
  state.open = undefined
}

/** A transaction is prepared and may be committed, or not, at any later time. */
export function prepare(state: LogState, event: LogEvent): void {
  const { xid, commits } = readXaPrepare(event)
  if (commits || state.only !== undefined) {
    commit(state)
    return
  }
  const { open } = state
  state.prepared.set(xid, { xid, ...(open?.hasRows === true ? { from: open.from } : {}) })
  undo(state)
}

function decide(state: LogState, verb: string, xid: string): void {
  if (verb !== 'COMMIT' && verb !== 'ROLLBACK') return
  const prepared = state.prepared.get(xid)
  state.prepared.delete(xid)
  if (verb === 'ROLLBACK') return
  if (prepared === undefined)
    throw lost(state, `may have changed: the XA transaction ${xid} was prepared before its log was followed`)
  const committedAt = state.open?.committedAt ?? ''
  if (prepared.from !== undefined)
    state.decided.push({ from: prepared.from, as: { place: state.at, committedAt } })
}

/** Takes a statement of the log. */
export function statement(state: LogState, event: LogEvent): void {
  const { database, sql } = readQuery(event)
  if (state.open === undefined)
    begin(state, state.at, { isAlone: false, committedAt: momentText(event.time, 0, 0) })
  const meaning = meaningOf(sql, database, state.options.followed)
  const { open } = state
  if (open === undefined) return
  const begins = meaning.kind === 'begin' || (meaning.kind === 'xa' && meaning.verb === 'START')
  if (begins) open.hasBegun = true
  if (state.only === undefined || inTransaction.includes(meaning.kind)) act(state, meaning)
  // A statement that no transaction was begun for is one by itself.
  if (!begins && !open.hasBegun) state.open = undefined
}

/** What statements do within one transaction. */
const inTransaction: readonly string[] = ['commit', 'rollback', 'savepoint', 'rollback-to']

function act(state: LogState, meaning: Meaning): void {
  const { open, options } = state
  switch (meaning.kind) {
    case 'begin':
    case 'other':
      return
    case 'commit':
      commit(state)
      return
    case 'rollback':
      undo(state)
      return
    case 'savepoint':
      open?.savepoints.set(meaning.name, options.file.mark())
      return
    case 'rollback-to':
      options.file.reset(open?.savepoints.get(meaning.name) ?? options.file.mark())
      return
    case 'xa':
      decide(state, meaning.verb, meaning.xid)
      return
    case 'lost':
      throw lost(state, meaning.what)
    case 'rows':
      refuseStatement(state, meaning.verb)
      return
    case 'altered':
      alter(state, meaning)
  }
}

/** A statement changed rows of some table, and by triggers maybe of this one. */
export function refuseStatement(state: LogState, verb: string): never {
  const message = `the log holds a statement in place of the rows that it changed (${verb}, ${printPlace(state.at)})`
  throw new EtlError('source.log-unusable', message, {
    hint: 'Have all sessions write with binlog_format = ROW, then build the table anew (--full).',
  })
}

function alter(state: LogState, altered: Meaning & { readonly kind: 'altered' }): void {
  const { declared, table } = state.options.decoder
  const isDeclared = (name: string): boolean =>
    declared.some((d) => d.from.toLowerCase() === name.toLowerCase())
  const at = printPlace(state.at)
  const gone = [...altered.dropped, ...altered.renamed.map(([from]) => from)].filter((name) =>
    isDeclared(name),
  )
  if (gone.length > 0)
    throw new EtlError('source.schema', `"${table}" lost declared columns: ${gone.join(', ')} (${at})`, {
      hint: 'Declare the columns as they are now; the table is then built anew.',
    })
  if (state.hasNamelessRows)
    throw lost(state, 'was altered, and its log does not name columns (binlog_row_metadata is not FULL)')
  state.wasAltered = true
  const modified = altered.modified.filter((name) => isDeclared(name))
  if (modified.length > 0)
    state.warnings.push({
      code: 'source.warning',
      severity: 'warning',
      message: `"${table}" was altered (${at}): what that made of values of ${modified.join(', ')} is not in the log`,
      hint: 'Where values were converted, build the table anew (--full).',
    })
}
