import type { Expression, SortKey } from '../../plan/expression.ts'

/** Calls a scalar function of the catalogue. */
export type Call = (name: string, args: readonly Expression[]) => Expression

/**
 * How a DuckDB function becomes catalogue functions: by name where they mean the same for all arguments, else by a rule
 * that gives the expression or says in a sentence why these arguments stay with DuckDB.
 */
export type ScalarRule = string | Rewrite

export type Rewrite = (args: readonly Expression[], call: Call) => Expression | string

/** An aggregate or window call as the catalogue writes it. */
export interface TargetCall {
  readonly name: string
  readonly args: readonly Expression[]
  readonly order?: readonly SortKey[]
  /** False where DISTINCT has been taken care of. */
  readonly keepsDistinct?: boolean
  /** What is done with the result. */
  readonly finish?: (result: Expression) => Expression
}

export interface AggregateSite {
  readonly distinct: boolean
  readonly order: readonly SortKey[]
}

export type AggregateRule = (args: readonly Expression[], site: AggregateSite) => TargetCall | string
export type WindowRule = (args: readonly Expression[]) => TargetCall | string
