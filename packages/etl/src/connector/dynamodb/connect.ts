import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { readSecret, type SecretReference } from '../../base/secret.ts'
import type { DynamodbPlace } from '../dynamodb.ts'
import { dynamodbFailure } from './failure.ts'

/** Asks a service and says of its failures what they mean. Closed when it is disposed of. */
export interface Asked<C> extends Disposable {
  readonly client: C
  ask<A>(request: (client: C) => Promise<A>): Promise<A>
}

const reveal = async (reference: SecretReference): Promise<string> => (await readSecret(reference)).reveal()

/** What both clients need to reach a place. Fails with `config.secret`. */
export async function clientConfig(place: DynamodbPlace): Promise<DynamoDBClientConfig> {
  const { region, endpoint, credentials, attempts = 10 } = place
  return {
    region,
    maxAttempts: attempts,
    retryMode: 'standard',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: await reveal(credentials.accessKeyId),
            secretAccessKey: await reveal(credentials.secretAccessKey),
            ...(credentials.sessionToken === undefined
              ? {}
              : { sessionToken: await reveal(credentials.sessionToken) }),
          },
        }),
  }
}

/** A client with its failures told in the terms of the product. */
export function asked<C extends { destroy(): void }>(client: C, place: DynamodbPlace): Asked<C> {
  return {
    client,
    ask: async (request) => {
      try {
        return await request(client)
      } catch (error) {
        throw dynamodbFailure(error, place)
      }
    },
    [Symbol.dispose]: () => client.destroy(),
  }
}
