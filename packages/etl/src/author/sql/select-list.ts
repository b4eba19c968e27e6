import type { Expression } from '../../plan/expression.ts'
import type { ExpressionAst, StarAst } from './ast.ts'
import { duckdbOnly } from './portability.ts'
import { columnsOfRelation, type ScopeColumn } from './scope.ts'

/** One output column: named, and either an expression still to be translated or a column that a star brought. */
export interface SelectItem {
  readonly name: string
  readonly source: { readonly ast: ExpressionAst } | { readonly value: Expression }
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function expandStar(star: StarAst, columns: readonly ScopeColumn[]): readonly SelectItem[] {
  if (star.columns || star.expr !== null) return duckdbOnly('COLUMNS(…)', star.query_location)
  const from =
    star.relation_name === ''
      ? columns.filter((c) => c.visible)
      : columnsOfRelation(columns, star.relation_name)
  const isExcluded = (c: ScopeColumn): boolean =>
    star.exclude_list.some((name) => same(name, c.name)) ||
    (star.qualified_exclude_list ?? []).some(
      (q) => same(q.column, c.name) && (q.table === '' || same(q.table, c.relation ?? '')),
    )
  return from
    .filter((c) => !isExcluded(c))
    .map((c): SelectItem => {
      const replaced = star.replace_list.find((r) => same(r.key, c.name))
      const renamed = star.rename_list?.find((r) => same(r.key.column, c.name))
      return {
        name: renamed?.value ?? c.name,
        source: replaced === undefined ? { value: c.value } : { ast: replaced.value },
      }
    })
}

function nameOf(ast: ExpressionAst): string {
  if (ast.alias !== '') return ast.alias
  if (ast.class === 'COLUMN_REF') return ast.column_names.at(-1) ?? 'column'
  return ast.class === 'FUNCTION' || ast.class === 'WINDOW' ? ast.function_name : 'column'
}

/** Lists the output columns of a SELECT, stars expanded. `names` overrides the names, by position. */
export function selectItems(
  list: readonly ExpressionAst[],
  columns: readonly ScopeColumn[],
  names: readonly string[] | undefined,
): readonly SelectItem[] {
  const items = list.flatMap((ast): readonly SelectItem[] =>
    ast.class === 'STAR' ? expandStar(ast, columns) : [{ name: nameOf(ast), source: { ast } }],
  )
  if (names !== undefined && names.length !== items.length) {
    return duckdbOnly('a SELECT list that expands in a way of its own', 0)
  }
  return items.map((item, i) => ({ ...item, name: (names?.[i] ?? item.name).toLowerCase() }))
}

/** The aliases that a SELECT list declares. */
export function aliasesOf(list: readonly ExpressionAst[]): ReadonlyMap<string, ExpressionAst> {
  return new Map(
    list
      .filter((ast) => ast.class !== 'STAR' && ast.alias !== '')
      .map((ast) => [ast.alias.toLowerCase(), ast]),
  )
}
