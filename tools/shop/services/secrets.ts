import { randomBytes } from 'node:crypto'

/** The secrets of the services, under the names of the environment that the shop's declarations ask for. */
export interface ShopSecrets {
  readonly SHOP_MYSQL_PASSWORD: string
  readonly SHOP_POSTGRES_PASSWORD: string
  readonly SHOP_PARTNER_TOKEN: string
  /** DynamoDB Local takes any. */
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
}

const fresh = (): string => randomBytes(12).toString('hex')

/** Makes secrets for servers that hold nothing yet. */
export const makeSecrets = (): ShopSecrets => ({
  SHOP_MYSQL_PASSWORD: fresh(),
  SHOP_POSTGRES_PASSWORD: fresh(),
  SHOP_PARTNER_TOKEN: fresh(),
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
})
