/**
 * The parts of DuckDB's `json_serialize_sql` tree that the importer reads (DuckDB 1.5; the tree has no version mark,
 * so the tests beside this file guard it). Locations are byte offsets into the UTF-8 text; 0 where DuckDB has none.
 */
interface Located {
  readonly alias: string
  readonly query_location: number
}

/** A type as written in a cast or carried by a constant. */
export interface TypeAst {
  readonly id: string
  readonly type_info: { readonly width?: number; readonly scale?: number } | null
}

export interface ColumnRefAst extends Located {
  readonly class: 'COLUMN_REF'
  readonly column_names: readonly string[]
}

export interface ConstantAst extends Located {
  readonly class: 'CONSTANT'
  readonly value: { readonly type: TypeAst; readonly is_null: boolean; readonly value?: unknown }
}

export interface OrderAst {
  readonly type: 'ORDER_DEFAULT' | 'ASCENDING' | 'DESCENDING'
  readonly null_order: 'ORDER_DEFAULT' | 'NULLS FIRST' | 'NULLS LAST'
  readonly expression: ExpressionAst
}

export interface FunctionAst extends Located {
  readonly class: 'FUNCTION'
  readonly function_name: string
  readonly schema: string
  readonly children: readonly ExpressionAst[]
  readonly filter: ExpressionAst | null
  readonly order_bys: { readonly orders: readonly OrderAst[] }
  readonly distinct: boolean
  readonly is_operator: boolean
}

export interface ComparisonAst extends Located {
  readonly class: 'COMPARISON'
  readonly type: string
  readonly left: ExpressionAst
  readonly right: ExpressionAst
}

export interface ConjunctionAst extends Located {
  readonly class: 'CONJUNCTION'
  readonly type: 'CONJUNCTION_AND' | 'CONJUNCTION_OR'
  readonly children: readonly ExpressionAst[]
}

export interface OperatorAst extends Located {
  readonly class: 'OPERATOR'
  readonly type: string
  readonly children: readonly ExpressionAst[]
}

export interface CaseAst extends Located {
  readonly class: 'CASE'
  readonly case_checks: readonly { readonly when_expr: ExpressionAst; readonly then_expr: ExpressionAst }[]
  readonly else_expr: ExpressionAst
}

export interface CastAst extends Located {
  readonly class: 'CAST'
  readonly child: ExpressionAst
  readonly cast_type: TypeAst
  readonly try_cast: boolean
}

export interface BetweenAst extends Located {
  readonly class: 'BETWEEN'
  readonly input: ExpressionAst
  readonly lower: ExpressionAst
  readonly upper: ExpressionAst
}

export interface SubqueryAst extends Located {
  readonly class: 'SUBQUERY'
  readonly subquery_type: string
  readonly subquery: { readonly node: QueryAst }
  readonly child: ExpressionAst | null
  readonly comparison_type: string
}

export interface WindowAst extends Located {
  readonly class: 'WINDOW'
  readonly type: string
  readonly function_name: string
  readonly children: readonly ExpressionAst[]
  readonly partitions: readonly ExpressionAst[]
  readonly orders: readonly OrderAst[]
  readonly start: string
  readonly end: string
  readonly start_expr: ExpressionAst | null
  readonly end_expr: ExpressionAst | null
  readonly offset_expr: ExpressionAst | null
  readonly default_expr: ExpressionAst | null
  readonly filter_expr: ExpressionAst | null
  readonly arg_orders?: readonly OrderAst[]
  readonly ignore_nulls: boolean
  readonly distinct: boolean
  readonly exclude_clause: string
}

export interface StarAst extends Located {
  readonly class: 'STAR'
  readonly relation_name: string
  readonly exclude_list: readonly string[]
  readonly qualified_exclude_list?: readonly { readonly table: string; readonly column: string }[]
  readonly replace_list: readonly { readonly key: string; readonly value: ExpressionAst }[]
  readonly rename_list?: readonly { readonly key: { readonly column: string }; readonly value: string }[]
  readonly columns: boolean
  readonly expr: ExpressionAst | null
}

/** Classes that the importer never translates. */
export interface OtherExpressionAst extends Located {
  readonly class: 'PARAMETER' | 'LAMBDA' | 'COLLATE' | 'DEFAULT' | 'POSITIONAL_REFERENCE' | 'LAMBDA_REF'
}

export type ExpressionAst =
  | ColumnRefAst
  | ConstantAst
  | FunctionAst
  | ComparisonAst
  | ConjunctionAst
  | OperatorAst
  | CaseAst
  | CastAst
  | BetweenAst
  | SubqueryAst
  | WindowAst
  | StarAst
  | OtherExpressionAst

export interface BaseTableAst extends Located {
  readonly type: 'BASE_TABLE'
  readonly schema_name: string
  readonly catalog_name: string
  readonly table_name: string
  readonly column_name_alias: readonly string[]
}

export interface JoinAst extends Located {
  readonly type: 'JOIN'
  readonly left: TableAst
  readonly right: TableAst
  readonly condition: ExpressionAst | null
  readonly join_type: string
  readonly ref_type: string
  readonly using_columns: readonly string[]
}

export interface SubqueryTableAst extends Located {
  readonly type: 'SUBQUERY'
  readonly subquery: { readonly node: QueryAst }
  readonly column_name_alias: readonly string[]
}

export interface TableFunctionAst extends Located {
  readonly type: 'TABLE_FUNCTION'
  readonly function: ExpressionAst
}

export interface OtherTableAst extends Located {
  readonly type: 'EMPTY' | 'EXPRESSION_LIST' | 'PIVOT' | 'SHOW_REF' | 'COLUMN_DATA' | 'DELIM_GET' | 'CTE'
}

export type TableAst = BaseTableAst | JoinAst | SubqueryTableAst | TableFunctionAst | OtherTableAst

export type ModifierAst =
  | { readonly type: 'ORDER_MODIFIER'; readonly orders: readonly OrderAst[] }
  | {
      readonly type: 'LIMIT_MODIFIER'
      readonly limit: ExpressionAst | null
      readonly offset: ExpressionAst | null
    }
  | { readonly type: 'DISTINCT_MODIFIER'; readonly distinct_on_targets: readonly ExpressionAst[] }
  | { readonly type: 'LIMIT_PERCENT_MODIFIER' }

interface QueryParts {
  readonly modifiers: readonly ModifierAst[]
  readonly cte_map: {
    readonly map: readonly {
      readonly key: string
      readonly value: { readonly aliases: readonly string[]; readonly query: { readonly node: QueryAst } }
    }[]
  }
}

export interface SelectAst extends QueryParts {
  readonly type: 'SELECT_NODE'
  readonly select_list: readonly ExpressionAst[]
  readonly from_table: TableAst
  readonly where_clause: ExpressionAst | null
  readonly group_expressions: readonly ExpressionAst[]
  readonly group_sets: readonly (readonly number[])[]
  readonly aggregate_handling: string
  readonly having: ExpressionAst | null
  readonly qualify: ExpressionAst | null
  readonly sample: unknown
}

export interface SetOperationAst extends QueryParts {
  readonly type: 'SET_OPERATION_NODE'
  readonly setop_type: 'UNION' | 'UNION_BY_NAME' | 'EXCEPT' | 'INTERSECT'
  readonly setop_all: boolean
  readonly left: QueryAst
  readonly right: QueryAst
}

export interface OtherQueryAst extends QueryParts {
  readonly type: 'RECURSIVE_CTE_NODE' | 'CTE_NODE'
}

export type QueryAst = SelectAst | SetOperationAst | OtherQueryAst

/** What `json_serialize_sql` answers. */
export type SerializedSql =
  | { readonly error: false; readonly statements: readonly { readonly node: QueryAst }[] }
  | {
      readonly error: true
      readonly error_type: string
      readonly error_message: string
      /** Byte offset, as text. */
      readonly position?: string
    }

/**
 * Reads DuckDB's JSON. Numbers of constants become text, so that none is rounded; the "no location" mark (2^64-1)
 * becomes 0. Quotes inside JSON strings are escaped, so the patterns match members only.
 */
export function readAst(json: string): SerializedSql {
  const safe = json
    .replaceAll('"query_location":18446744073709551615', '"query_location":0')
    .replaceAll(/"(value|upper|lower)":(-?(?:Infinity|NaN|[\d.eE+-]+))(?=[,}])/g, '"$1":"$2"')
  return JSON.parse(safe) as SerializedSql
}

/** Visits every object of a tree that carries a `class` or a `type`, parents first. */
export function walkAst(tree: unknown, visit: (part: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(tree)) {
    for (const member of tree) walkAst(member, visit)
  } else if (typeof tree === 'object' && tree !== null) {
    const part = tree as Readonly<Record<string, unknown>>
    if ('class' in part || 'type' in part) visit(part)
    for (const member of Object.values(part)) walkAst(member, visit)
  }
}

/** Identifies an expression by what it says: equal but for locations and its own alias. */
export function astKey(ast: ExpressionAst): string {
  return JSON.stringify({ ...ast, alias: '' }, (key, value: unknown) =>
    key === 'query_location' ? undefined : value,
  )
}
