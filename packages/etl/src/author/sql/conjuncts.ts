import { astKey, type ConjunctionAst, type ExpressionAst } from './ast.ts'

/** Takes out what every branch of an OR demands; nothing is lost, also where it is NULL. */
function factored(or: ConjunctionAst): readonly ExpressionAst[] {
  const branches = or.children.map(conjunctsOf)
  const [first = [], ...others] = branches
  const common = first.filter((c) => others.every((b) => b.some((x) => astKey(x) === astKey(c))))
  if (common.length === 0) return [or]
  const keys = new Set(common.map(astKey))
  const rests = branches.map((branch) => branch.filter((c) => !keys.has(astKey(c))))
  const children = rests.flatMap(([one, ...more]): ExpressionAst[] => {
    if (one === undefined) return []
    return [more.length === 0 ? one : { ...or, type: 'CONJUNCTION_AND', children: [one, ...more] }]
  })
  // A branch that demands nothing else makes the others needless.
  return children.length < rests.length ? common : [...common, { ...or, children }]
}

/**
 * The conjuncts of a condition, in order. `(p AND x) OR (p AND y)` is `p AND (x OR y)`, so equal keys that all branches
 * name are found.
 */
export function conjunctsOf(condition: ExpressionAst | null): readonly ExpressionAst[] {
  if (condition === null) return []
  if (condition.class !== 'CONJUNCTION') return [condition]
  return condition.type === 'CONJUNCTION_AND' ? condition.children.flatMap(conjunctsOf) : factored(condition)
}
