import { below, bits, entityHash, runningSums, skewed, weighted } from '../random.ts'
import type { Shop } from '../shop.ts'
import type { Order } from './order.ts'
import { currencies } from './place.ts'
import type { Product } from './product.ts'

/** One line of an order. Lines count from 1; the price is in hundredths of the order's currency. */
export interface Line {
  readonly entity: number
  readonly line: number
  readonly product: Product
  readonly quantity: number
  readonly unitCents: number
}

const countShares = runningSums([26, 22, 18, 13, 9, 6, 4, 2])
const quantityShares = runningSums([70, 16, 6, 3, 2, 1, 1, 1])

/** Derives the lines of an order: one to eight, three on average. */
export function linesOf(shop: Shop, order: Order): readonly Line[] {
  const count = 1 + weighted(bits(order.entity, 30), countShares)
  const factor = currencies[order.currency]?.perEuroThousandths ?? 0
  const lines: Line[] = []
  for (let line = 1; line <= count; line++) {
    const entity = entityHash(shop.key.lines, order.index * 8 + line - 1)
    const index = shop.scatter.products.forward(skewed(bits(entity, 0), shop.products.length))
    const product = shop.products[index] as Product
    const discount = below(bits(entity, 2), 5) === 0 ? 90 : 100
    lines.push({
      entity,
      line,
      product,
      quantity: 1 + weighted(bits(entity, 1), quantityShares),
      unitCents: Math.floor((product.listCents * factor * discount) / 100_000),
    })
  }
  return lines
}
