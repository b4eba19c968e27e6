import type { FunctionDefinition, Param } from '../../packages/etl/src/function/contract.ts'
import {
  anyKinds,
  comparableKinds,
  exactKinds,
  integerKinds,
  numberKinds,
} from '../../packages/etl/src/function/contract.ts'
import type { Verdict } from './judge.ts'

const groups: readonly (readonly [string, readonly string[]])[] = [
  ['any', anyKinds],
  ['comparable', comparableKinds],
  ['number', numberKinds],
  ['exact', exactKinds],
  ['integer', integerKinds],
]

/** Writes the kinds a parameter takes, by the name of their group where they have one. */
function kinds(accepts: readonly string[]): string {
  const named = groups.find(([, members]) => members.every((k) => accepts.includes(k)))
  if (named === undefined) return accepts.join(' or ')
  return [named[0], ...accepts.filter((k) => !named[1].includes(k))].join(' or ')
}

function parameter(p: Param): string {
  const constant = p.constant === true ? 'constant ' : ''
  const name = `${p.name}${p.optional === true ? '?' : ''}`
  return `${p.variadic === true ? '…' : ''}${name}: ${constant}${kinds(p.accepts)}`
}

function result(f: FunctionDefinition): string {
  if (typeof f.returns === 'number') return `kind of ${f.params[f.returns]?.name}`
  return f.returns
}

/** Writes a function's signature: `round(x: number, scale?: constant integer) → kind of x`. */
export function signature(f: FunctionDefinition): string {
  return `${f.name}(${f.params.map(parameter).join(', ')}) → ${result(f)}`
}

function status(verdict: Verdict | undefined): string {
  if (verdict === undefined) return 'not judged'
  if (verdict.refusal !== undefined) return `refused (${verdict.refusal.refused}): ${verdict.refusal.reason}`
  return verdict.failures.length === 0 ? `✓ ${verdict.cases}` : `${verdict.failures.length} wrong`
}

/** The peers of the page, in the order of its columns. */
const shownPeers = ['DuckDB', 'PostgreSQL', 'Spark 3.5', 'Spark 4.1'] as const

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function entry(f: FunctionDefinition, verdicts: readonly Verdict[]): string {
  const on = (peer: string): string =>
    cell(status(verdicts.find((v) => v.function === f.name && v.peer === peer)))
  const kind = f.kind === 'scalar' ? '' : ` *${f.kind}${f.ordered === true ? ', needs an order' : ''}*`
  return `| \`${cell(signature(f))}\`${kind} | ${cell(f.meaning)} | ${shownPeers.map(on).join(' | ')} |`
}

/** Writes the reference page of all functions: signatures and meanings, and how each database fared on the edge rows. */
export function functionReference(
  functions: readonly FunctionDefinition[],
  verdicts: readonly Verdict[],
): string {
  const families = [...new Set(functions.map((f) => f.family))]
  const cases = verdicts.reduce((n, v) => n + v.cases, 0)
  const shown = groups.map(([name, members]) => `- *${name}*: ${members.join(', ')}`).join('\n')
  const sections = families.map((family) => {
    const members = functions.filter((f) => f.family === family)
    const head = `| function | meaning | ${shownPeers.join(' | ')} |\n|---|---|${'---|'.repeat(shownPeers.length)}`
    return `## ${family}\n\n${head}\n${members.map((f) => entry(f, verdicts)).join('\n')}`
  })
  return `<!-- Written by tools/function-reference.ts; do not edit. -->

# Functions

${functions.length} functions with one meaning each. ${cases} questions of edge rows were put to DuckDB, to a real PostgreSQL and to Spark of both
supported lines; the number beside ✓ is how many each answered as written. What one cannot do with this meaning it refuses.

In TypeScript the names are in camel case. A constant must be a literal. Kinds of types:

${shown}

Integers widen to decimal and float64 where those are taken; nothing else converts by itself.

${sections.join('\n\n')}
`
}
