import { resolveCall } from '../../function/resolve.ts'
import type { Expression } from '../../plan/expression.ts'
import { int32, sameType } from '../../plan/type.ts'
import type {
  BetweenAst,
  CaseAst,
  CastAst,
  ColumnRefAst,
  ComparisonAst,
  ExpressionAst,
  FunctionAst,
  OperatorAst,
  SubqueryAst,
} from './ast.ts'
import { astKey } from './ast.ts'
import { translateCast } from './cast.ts'
import { comparedOperands } from './exact-arithmetic.ts'
import { alignLiterals } from './literal-align.ts'
import { shiftOf } from './interval.ts'
import { constantLiteral, literal } from './literal.ts'
import { comparisons, scalarRules } from './names.ts'
import { ownNames } from './own-names.ts'
import { duckdbOnly } from './portability.ts'
import type { Call } from './rule.ts'
import { findColumn, type ScopeColumn } from './scope.ts'

/** What names mean where an expression stands. */
export interface Context {
  readonly columns: readonly ScopeColumn[]
  /** The SELECT list by alias (lower case); DuckDB lets other clauses use them where no column has the name. */
  readonly aliases: ReadonlyMap<string, ExpressionAst>
  /** Translates a subquery that stands in an expression; absent where none may stand. */
  readonly subquery?: (ast: SubqueryAst, context: Context) => Expression
  /** Takes over aggregates and window functions; undefined for everything else. */
  readonly special?: (ast: ExpressionAst, context: Context) => Expression | undefined
}

/** Calls a catalogue function, literals adapted to their peers; ends the translation where it does not fit. */
export function callFunction(name: string, args: readonly Expression[], location: number): Expression {
  return callAsIs(name, alignLiterals(args), location)
}

/** Calls a function that compares, its operands brought to what DuckDB compares. */
export function compare(name: string, args: readonly Expression[], location: number): Expression {
  const call: Call = (to, given) => callAsIs(to, given, location)
  return callAsIs(name, comparedOperands(alignLiterals(args), call), location)
}

function callAsIs(name: string, args: readonly Expression[], location: number): Expression {
  const resolved = resolveCall(name, args)
  return 'problem' in resolved ? duckdbOnly(resolved.problem, location) : resolved.expression
}

/** Says a column reference as the user wrote it. */
const shown = (ast: ColumnRefAst): string => ast.column_names.join('.')

function translateColumn(ast: ColumnRefAst, context: Context): Expression {
  const found = findColumn(context.columns, ast.column_names)
  if (found !== undefined) return found.value
  const [name = '', ...more] = ast.column_names
  const alias = more.length === 0 ? context.aliases.get(name.toLowerCase()) : undefined
  // The binder knew the name, so it is a column of a query around this one.
  if (alias === undefined)
    return duckdbOnly(`"${shown(ast)}" of an outer query, which no join brings here`, ast.query_location)
  return translate(alias, { ...context, aliases: without(context.aliases, astKey(alias)) })
}

/** The aliases but those of one expression, so that no alias leads back to itself. */
function without(
  aliases: ReadonlyMap<string, ExpressionAst>,
  key: string,
): ReadonlyMap<string, ExpressionAst> {
  return new Map([...aliases].filter(([, ast]) => astKey(ast) !== key))
}

function translateComparison(ast: ComparisonAst, context: Context): Expression {
  const name = comparisons[ast.type]
  if (name === undefined) return duckdbOnly(`the comparison ${ast.type}`, ast.query_location)
  return compare(name, [translate(ast.left, context), translate(ast.right, context)], ast.query_location)
}

function translateBetween(ast: BetweenAst, context: Context): Expression {
  const args = [ast.input, ast.lower, ast.upper].map((e) => translate(e, context))
  return compare('between', args, ast.query_location)
}

function translateOperator(ast: OperatorAst, context: Context): Expression {
  const args = ast.children.map((c) => translate(c, context))
  const at = ast.query_location
  switch (ast.type) {
    case 'OPERATOR_IS_NULL':
      return callFunction('is_null', args, at)
    case 'OPERATOR_IS_NOT_NULL':
      return callFunction('is_not_null', args, at)
    case 'OPERATOR_NOT':
      return callFunction('not', args, at)
    case 'OPERATOR_COALESCE':
      return callFunction('coalesce', args, at)
    case 'COMPARE_IN':
    case 'COMPARE_NOT_IN': {
      const isIn = compare('in_list', args, at)
      return ast.type === 'COMPARE_IN' ? isIn : callFunction('not', [isIn], at)
    }
    default:
      return duckdbOnly(`the operator ${ast.type.toLowerCase()}`, at)
  }
}

function translateCase(ast: CaseAst, context: Context): Expression {
  const results = alignLiterals([
    ...ast.case_checks.map((c) => translate(c.then_expr, context)),
    translate(ast.else_expr, context),
  ])
  const [last, ...branches] = results.toReversed()
  if (last === undefined) return duckdbOnly('a CASE without branches', ast.query_location)
  const conditions = ast.case_checks.map((c) => translate(c.when_expr, context))
  const args = conditions.flatMap((condition, i) => [condition, branches.toReversed()[i] ?? last])
  return callAsIs('case_when', [...args, last], ast.query_location)
}

/** `moment + interval …` and `moment - interval …`, with a constant count. */
function translateShift(ast: FunctionAst, context: Context): Expression | undefined {
  const shift = shiftOf(ast)
  if (shift === undefined) return undefined
  const at = ast.query_location
  const moment = translate(shift.moment, context)
  // DuckDB gives a timestamp for a date as well.
  const from = moment.type.kind === 'date' ? callAsIs('to_timestamp', [moment], at) : moment
  return callAsIs(shift.name, [from, literal(shift.count, int32)], at)
}

function translateFunction(ast: FunctionAst, context: Context): Expression {
  const name = ast.function_name.toLowerCase()
  const shifted = translateShift(ast, context)
  if (shifted !== undefined) return shifted
  const rule = Object.hasOwn(scalarRules, name) ? scalarRules[name] : undefined
  const args = (): Expression[] => ast.children.map((c) => translate(c, context))
  if (ownNames.has(name)) return callAsIs(name, args(), ast.query_location)
  if (rule === undefined) return duckdbOnly(`function ${name} is not in the catalogue`, ast.query_location)
  if (typeof rule === 'string') return callFunction(rule, args(), ast.query_location)
  const call: Call = (to, given) => callAsIs(to, given, ast.query_location)
  const result = rule(args(), call)
  return typeof result === 'string' ? duckdbOnly(`${name}: ${result}`, ast.query_location) : result
}

function translateCastOf(ast: CastAst, context: Context): Expression {
  if (ast.try_cast)
    return duckdbOnly('TRY_CAST; parse the text with explicit formats instead', ast.query_location)
  const call: Call = (to, given) => callAsIs(to, given, ast.query_location)
  const result = translateCast(translate(ast.child, context), ast.cast_type, call)
  return typeof result === 'string' ? duckdbOnly(result, ast.query_location) : result
}

/** Translates an expression of the tree to a typed expression; ends the translation where there is no equal. */
export function translate(ast: ExpressionAst, context: Context): Expression {
  const special = context.special?.(ast, context)
  if (special !== undefined) return special
  switch (ast.class) {
    case 'COLUMN_REF':
      return translateColumn(ast, context)
    case 'CONSTANT':
      return constantLiteral(ast)
    case 'FUNCTION':
      return translateFunction(ast, context)
    case 'COMPARISON':
      return translateComparison(ast, context)
    case 'CONJUNCTION': {
      const name = ast.type === 'CONJUNCTION_AND' ? 'and' : 'or'
      return callFunction(
        name,
        ast.children.map((c) => translate(c, context)),
        ast.query_location,
      )
    }
    case 'OPERATOR':
      return translateOperator(ast, context)
    case 'CASE':
      return translateCase(ast, context)
    case 'CAST':
      return translateCastOf(ast, context)
    case 'BETWEEN':
      return translateBetween(ast, context)
    case 'SUBQUERY':
      return context.subquery?.(ast, context) ?? duckdbOnly('a subquery here', ast.query_location)
    case 'WINDOW':
      return duckdbOnly('a window function here', ast.query_location)
    case 'STAR':
      return duckdbOnly('COLUMNS(…) or * inside an expression', ast.query_location)
    default:
      return duckdbOnly(`${ast.class.toLowerCase()} expressions`, ast.query_location)
  }
}

/** Whether two expressions compute the same thing in the same way. */
export function sameExpression(a: Expression, b: Expression): boolean {
  return sameType(a.type, b.type) && JSON.stringify(a) === JSON.stringify(b)
}
