import type { AlterEffects, Meaning } from './meaning.ts'
import { type Statement, statementOf } from './token-reader.ts'

type Effects = { -readonly [K in keyof AlterEffects]: [...AlterEffects[K]] }
type Named = ReturnType<Statement['table']>

/** The part of an ALTER that a comma ends, with what it means. */
function readPart(part: Statement, effects: Effects, ours: (name: Named) => boolean): Meaning | undefined {
  const verb = part.word()
  part.at++
  switch (verb) {
    case 'DROP':
      if (part.skip('PARTITION')) return { kind: 'lost', what: 'lost a partition' }
      readDrop(part, effects)
      return undefined
    case 'CHANGE': {
      part.skip('COLUMN')
      part.skip('IF', 'EXISTS')
      const [from, to] = [part.name(), part.name()]
      if (from.toLowerCase() === to.toLowerCase()) effects.modified.push(from)
      else effects.renamed.push([from, to])
      return undefined
    }
    case 'MODIFY':
      part.skip('COLUMN')
      part.skip('IF', 'EXISTS')
      effects.modified.push(part.name())
      return undefined
    case 'RENAME':
      return readRename(part, effects, ours)
    case 'TRUNCATE':
      return { kind: 'lost', what: 'lost the rows of a partition' }
    case 'DISCARD':
    case 'IMPORT':
      return { kind: 'lost', what: 'got another tablespace' }
    case 'EXCHANGE':
      return { kind: 'lost', what: 'exchanged a partition' }
    case 'CONVERT':
      return part.word() === 'TO' ? undefined : { kind: 'lost', what: 'exchanged a partition' }
    default:
      return undefined
  }
}

const notColumns = ['PRIMARY', 'FOREIGN', 'INDEX', 'KEY', 'CONSTRAINT', 'CHECK', 'PERIOD', 'SYSTEM']

function readDrop(part: Statement, effects: Effects): void {
  if (!part.skip('COLUMN') && notColumns.includes(part.word())) return
  part.skip('IF', 'EXISTS')
  effects.dropped.push(part.name())
}

function readRename(part: Statement, effects: Effects, ours: (name: Named) => boolean): Meaning | undefined {
  if (part.skip('INDEX') || part.skip('KEY')) return undefined
  if (part.skip('COLUMN')) {
    part.skip('IF', 'EXISTS')
    const from = part.name()
    part.skip('TO')
    effects.renamed.push([from, part.name()])
    return undefined
  }
  if (!part.skip('TO') && !part.skip('AS')) part.skip('=')
  const isSame = ours(part.table())
  return { kind: 'lost', what: isSame ? 'was put in place of another table' : 'was renamed' }
}

/** Parts of another table's ALTER that name a second table, which may be the followed one. */
const namesAnother = (part: Statement, ours: (name: Named) => boolean): boolean => {
  const verb = part.word()
  if (!['RENAME', 'EXCHANGE', 'CONVERT'].includes(verb)) return false
  for (part.at = 1; part.at < part.tokens.length;) {
    const start = part.at
    if (ours(part.table())) return true
    part.at = start + 1
  }
  return false
}

/** What an ALTER TABLE means for the followed table. */
export function alterOf(statement: Statement, ours: (name: Named) => boolean): Meaning {
  statement.skip('ONLINE')
  statement.skip('IGNORE')
  if (!statement.skip('TABLE')) return { kind: 'other' }
  statement.skip('IF', 'EXISTS')
  const isOurs = ours(statement.table())
  const effects: Effects = { dropped: [], renamed: [], modified: [] }
  for (const part of partsOf(statement)) {
    if (!isOurs) {
      if (namesAnother(part, ours)) return { kind: 'lost', what: 'was put in place of another table' }
      continue
    }
    const lost = readPart(part, effects, ours)
    if (lost !== undefined) return lost
  }
  return isOurs ? { kind: 'altered', ...effects } : { kind: 'other' }
}

/** The rest of a statement, divided at commas that stand in no brackets. */
function partsOf({ tokens, at }: Statement): readonly Statement[] {
  const parts: Statement['tokens'][number][][] = [[]]
  let depth = 0
  for (const token of tokens.slice(at)) {
    if (token.text === '(') depth++
    if (token.text === ')') depth--
    if (depth === 0 && token.kind === 'mark' && token.text === ',') parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.map((part) => statementOf(part))
}
