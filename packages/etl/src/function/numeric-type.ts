import type { LogicalType } from '../plan/type.ts'

/** Digits of an exact number: `precision` in all, `scale` after the point. */
export interface ExactShape {
  readonly precision: number
  readonly scale: number
}

/** The decimal shape that holds every value of an exact type. */
export function exactShape(type: LogicalType): ExactShape {
  switch (type.kind) {
    case 'decimal':
      return { precision: type.precision, scale: type.scale }
    case 'int8':
      return { precision: 3, scale: 0 }
    case 'int16':
      return { precision: 5, scale: 0 }
    case 'int32':
      return { precision: 10, scale: 0 }
    case 'int64':
      return { precision: 19, scale: 0 }
    default:
      return { precision: 20, scale: 0 }
  }
}
