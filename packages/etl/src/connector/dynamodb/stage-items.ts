import type { Diagnostic } from '../../base/errors.ts'
import type { RemoteSource } from '../contract.ts'
import { columnJson, type Item, plainObject } from './attribute.ts'
import type { ItemReads } from './item-format.ts'
import { openStagedLines, type StagedLines } from './staged-lines.ts'

/** What happened to an item, where changes are read. */
export interface Change {
  readonly operation: 'snapshot' | 'insert' | 'modify' | 'remove'
  /** ISO 8601 in UTC with microseconds or less; null where it is not known. */
  readonly at: string | null
  /** Digits. */
  readonly sequence: string
}

/** The change that an item of a snapshot stands for: it comes before all others. */
export const snapshotChange: Change = { operation: 'snapshot', at: null, sequence: '0' }

/** The most digits that sequence numbers of DynamoDB Streams have (API reference, StreamRecord, 2026). */
const sequenceDigits = 40

/** Writes items as staged records of a source. */
export interface ItemStage extends Pick<StagedLines, 'records' | 'finish'>, Disposable {
  add(item: Item, change?: Change): void
  /** Names and counts of what was left out because no column takes it. */
  warnings(): readonly Diagnostic[]
}

const mostNamed = 20
const mostCounted = 10_000

function leftOut(counts: ReadonlyMap<string, number>): readonly Diagnostic[] {
  if (counts.size === 0) return []
  const names = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const shown = names.slice(0, mostNamed).map(([name, count]) => `${name} (${count})`)
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return [
    {
      code: 'source.undeclared',
      severity: 'warning',
      message: `attributes without a column were left out: ${shown.join(', ')}${more}`,
      hint: "Declare columns for them, or a column for the rest: { rest: 'name' }.",
    },
  ]
}

/** Opens a staging file for the items of a source. */
export function openItemStage(source: RemoteSource, path: string): ItemStage {
  const reads = source.reads as unknown as ItemReads
  const lines = openStagedLines(path)
  const undeclared = new Map<string, number>()
  const note = (name: string): void => {
    const count = undeclared.get(name)
    if (count !== undefined || undeclared.size < mostCounted) undeclared.set(name, (count ?? 0) + 1)
  }
  const formats = 'columns' in source.format ? source.format.columns : []
  const columns = Object.entries(reads.attributes).map(([name, attribute], i) => ({
    key: JSON.stringify(name),
    attribute,
    column: {
      type: source.schema[i]?.type ?? { kind: 'json' as const },
      path: attribute,
      boolFromText: formats[i]?.trueValues !== undefined,
      onUndeclared: note,
    },
  }))
  const declared = new Set(columns.map((c) => c.attribute))
  const others = (item: Item): string | undefined => {
    const names = Object.keys(item).filter((name) => !declared.has(name))
    if (reads.rest === undefined) {
      for (const name of names) note(name)
      return undefined
    }
    if (names.length === 0) return undefined
    const some = Object.entries(item).filter(([name, value]) => !declared.has(name) && value !== undefined)
    return `${JSON.stringify(reads.rest)}:${plainObject(Object.fromEntries(some))}`
  }
  return {
    get records() {
      return lines.records
    },
    add(item, change) {
      const members: string[] = []
      // The SDK gives an attribute named `__proto__` without its value. The broken record becomes a reject, not a row.
      const lost = Object.entries(item).find(([, value]) => value === undefined)
      if (lost !== undefined) members.push(`${JSON.stringify(lost[0])}:a value that cannot be read`)
      for (const { key, attribute, column } of columns) {
        const value = Object.hasOwn(item, attribute) ? item[attribute] : undefined
        if (value !== undefined) members.push(`${key}:${columnJson(value, column)}`)
      }
      const rest = others(item)
      if (rest !== undefined) members.push(rest)
      if (change !== undefined) {
        const sequence = change.sequence.padStart(sequenceDigits, '0')
        members.push(
          `"change_operation":"${change.operation}"`,
          `"change_at":${JSON.stringify(change.at)}`,
          `"change_sequence":"${sequence}"`,
        )
      }
      lines.add(`{${members.join(',')}}`)
    },
    warnings: () => leftOut(undeclared),
    finish: lines.finish,
    [Symbol.dispose]: () => lines[Symbol.dispose](),
  }
}
