import { type Diagnostic, deferredLocation, EtlError, type SourceLocation } from '../base/errors.ts'
import type { Columns } from '../plan/columns.ts'
import type { LiteralValue } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import type { Schema } from '../plan/type.ts'

/** One option of a step, for the reference page and for forms. */
export interface OptionDoc {
  /** What may stand there, in words: `column`, `columns`, `condition`, `'first' | 'last'`. */
  readonly takes: string
  readonly meaning: string
  /** Shown as the value that a left-out option has; absent for required options. */
  readonly default?: string
}

/** A small relation written out: canonical literals, one array per row in the order of the columns. */
export interface ExampleTable {
  readonly columns: Schema
  readonly rows: readonly (readonly LiteralValue[])[]
}

/** An example that is documentation and test at once: rows in, options, rows out (in any order unless sorted). */
export interface StepExample<O> {
  readonly title: string
  readonly in: ExampleTable
  readonly options: O
  /** Further inputs, in the order of `lower`'s `others`. */
  readonly others?: readonly ExampleTable[]
  readonly out: ExampleTable
  /** Rows of `in` that land among the rejects. Default 0. */
  readonly rejected?: number
  /** The TypeScript function of an apply step. */
  readonly functions?: ReadonlyMap<string, RowCallback>
}

/** A TypeScript row function: one row in; new values out, or `null` to drop the row. */
export type RowCallback = (row: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | null

/** What a step did to its input: the node, or everything that is wrong with its options. */
export type Lowered = Node | readonly Diagnostic[]

/**
 * A step: what a user picks. It lowers itself to nodes; engines know only nodes.
 *
 * `lower` is pure and reports all problems of its options at once; it may also throw an `EtlError` of area `plan` or
 * `config`, which counts as one problem.
 */
export interface StepDefinition<O> {
  /** Lower snake case; the name in recipes. */
  readonly name: string
  readonly summary: string
  /** What happens to NULL, bad values, order and ties, in full sentences. */
  readonly meaning: string
  readonly options: { readonly [K in keyof O]-?: OptionDoc }
  readonly lower: (input: Node, options: O, others: readonly Node[]) => Lowered
  /** At least two. */
  readonly examples: () => readonly StepExample<O>[]
}

/** Declares a step. */
export function defineStep<O>(definition: StepDefinition<O>): StepDefinition<O> {
  return Object.freeze(definition)
}

declare const columnsOf: unique symbol
declare const effectOf: unique symbol

/** A relation that a step may take as a further input: a table or the rows of a pipe. */
export interface Relation<C extends Columns = Columns> {
  readonly kind: 'table' | 'rows'
  /** Exists for TypeScript only. */
  readonly [columnsOf]: C
}

/** A step with its options, ready to stand in a pipe. Turns columns `In` into columns `Out`. A frozen value. */
export interface Step<In extends Columns = Columns, Out extends Columns = Columns> {
  readonly kind: 'step'
  readonly name: string
  /** Lowers the step onto an input; never throws for a user's mistake. */
  readonly lower: (input: Node, others: readonly Node[]) => Lowered
  /** Further inputs, whose nodes `lower` is given in this order. */
  readonly others: readonly Relation[]
  readonly functions: ReadonlyMap<string, RowCallback>
  readonly at: () => SourceLocation | undefined
  /** Exists for TypeScript only. */
  readonly [effectOf]: (input: In) => Out
}

/** Options, or how they follow from the input's schema (for steps that are given functions of the columns). */
export type OptionsOf<O> = O | ((input: Node) => O | readonly Diagnostic[])

export interface StepParts {
  readonly others?: readonly Relation[]
  readonly functions?: ReadonlyMap<string, RowCallback>
}

const isDiagnostics = (value: unknown): value is readonly Diagnostic[] => Array.isArray(value)

/** Runs what may throw a user's mistake and turns that into diagnostics; bugs pass through. */
export function guarded<T>(work: () => T | readonly Diagnostic[]): T | readonly Diagnostic[] {
  try {
    return work()
  } catch (error) {
    if (error instanceof EtlError && /^(plan|config)\./.test(error.code)) {
      if (error.diagnostics.length > 0) return error.diagnostics
      return [
        {
          code: error.code,
          severity: 'error',
          message: error.message,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        },
      ]
    }
    throw error
  }
}

/** Makes a step for a pipe out of its definition and options. */
export function makeStep<In extends Columns, Out extends Columns, O>(
  definition: StepDefinition<O>,
  options: OptionsOf<O>,
  parts: StepParts = {},
): Step<In, Out> {
  const lower = (input: Node, others: readonly Node[]): Lowered =>
    guarded<Node>(() => {
      const given =
        typeof options === 'function'
          ? (options as (input: Node) => O | readonly Diagnostic[])(input)
          : options
      return isDiagnostics(given) ? given : definition.lower(input, given, others)
    })
  return Object.freeze({
    kind: 'step',
    name: definition.name,
    lower,
    others: parts.others ?? [],
    functions: parts.functions ?? new Map(),
    at: deferredLocation(),
  }) as unknown as Step<In, Out>
}
