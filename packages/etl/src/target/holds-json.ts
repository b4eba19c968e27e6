import type { LogicalType } from '../plan/type.ts'

/** Whether a value of the type may hold a JSON document. */
export function holdsJson(type: LogicalType): boolean {
  switch (type.kind) {
    case 'json':
      return true
    case 'list':
      return holdsJson(type.element)
    case 'map':
      return holdsJson(type.key) || holdsJson(type.value)
    case 'struct':
      return type.fields.some((f) => holdsJson(f.type))
    default:
      return false
  }
}
